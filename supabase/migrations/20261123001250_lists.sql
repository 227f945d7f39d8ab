-- The newest records of a workspace. Members who read everything need no help: one index serves them. For the others the policies'
-- pairs of workspace and owner rule an index out, so these look through the workspace's newest first, which is enough for a team
-- that owns a good part of it, and for what is missing take the newest of each owner within reach. They check access themselves
-- (owners_in_reach, shared_ids): asking the policies again for fifty rows costs as much as finding them.

create function private.newest_company_ids(org uuid, owners uuid[], at_most int, before timestamptz, before_id uuid)
returns table (id uuid, created_at timestamptz)
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  recent constant int := at_most * 5;
  taken int;
  edge record;
begin
  return query
    select w.id, w.created_at
    from (
      select r.id, r.created_at, r.owner_id
      from public.companies r
      where r.org_id = org and r.deleted_at is null
        and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit recent
    ) w
    where w.owner_id = any (owners)
    order by w.created_at desc, w.id desc
    limit at_most;
  get diagnostics taken = row_count;
  if taken = at_most then
    return;
  end if;

  -- The first row beyond those: nothing that is newer is missing.
  select r.id, r.created_at into edge
  from public.companies r
  where r.org_id = org and r.deleted_at is null
    and (before is null or (r.created_at, r.id) < (before, before_id))
  order by r.created_at desc, r.id desc
  offset recent limit 1;
  if not found then
    return;
  end if;
  return query
    select r.id, r.created_at
    from unnest(owners) o (owner_id)
    cross join lateral (
      select r.id, r.created_at
      from public.companies r
      where r.org_id = org and r.owner_id = o.owner_id and r.deleted_at is null
        and (r.created_at, r.id) <= (edge.created_at, edge.id)
      order by r.created_at desc, r.id desc
      limit at_most - taken
    ) r
    order by r.created_at desc, r.id desc
    limit at_most - taken;
end
$$;
comment on function private.newest_company_ids(uuid, uuid[], int, timestamptz, uuid) is 'The newest companies of some owners. Does not check access.';

create function public.newest_companies(
  org uuid, owner uuid default null, max int default 50, before timestamptz default null, before_id uuid default null
) returns setof public.companies
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  owners constant uuid[] := private.owners_in_reach(org, 'companies', owner);
  shared uuid[];
  at_most constant int := least(greatest(coalesce(max, 50), 1), 1000);
begin
  if owners is null then
    return query
      select r.* from public.companies r
      where r.org_id = org and r.deleted_at is null and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit at_most;
    return;
  end if;

  shared := array(select private.shared_ids('companies', 'read'));
  if cardinality(shared) = 0 then
    return query
      select r.*
      from private.newest_company_ids(org, owners, at_most, before, before_id) n
      join public.companies r on r.id = n.id
      order by n.created_at desc, n.id desc;
  else
    return query
      select r.*
      from (
        select n.id from private.newest_company_ids(org, owners, at_most, before, before_id) n
        union
        select r.id from public.companies r
        where r.id = any (shared) and r.org_id = org and r.deleted_at is null
          and (owner is null or r.owner_id = owner) and (before is null or (r.created_at, r.id) < (before, before_id))
      ) n
      join public.companies r on r.id = n.id
      order by r.created_at desc, r.id desc
      limit at_most;
  end if;
end
$$;
comment on function public.newest_companies(uuid, uuid, int, timestamptz, uuid) is
  'The newest companies the caller may read, all or of one owner, or those made before a row: quick in every scope.';
grant execute on function public.newest_companies(uuid, uuid, int, timestamptz, uuid) to authenticated;

create function private.newest_contact_ids(org uuid, owners uuid[], at_most int, before timestamptz, before_id uuid)
returns table (id uuid, created_at timestamptz)
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  recent constant int := at_most * 5;
  taken int;
  edge record;
begin
  return query
    select w.id, w.created_at
    from (
      select r.id, r.created_at, r.owner_id
      from public.contacts r
      where r.org_id = org and r.deleted_at is null
        and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit recent
    ) w
    where w.owner_id = any (owners)
    order by w.created_at desc, w.id desc
    limit at_most;
  get diagnostics taken = row_count;
  if taken = at_most then
    return;
  end if;

  -- The first row beyond those: nothing that is newer is missing.
  select r.id, r.created_at into edge
  from public.contacts r
  where r.org_id = org and r.deleted_at is null
    and (before is null or (r.created_at, r.id) < (before, before_id))
  order by r.created_at desc, r.id desc
  offset recent limit 1;
  if not found then
    return;
  end if;
  return query
    select r.id, r.created_at
    from unnest(owners) o (owner_id)
    cross join lateral (
      select r.id, r.created_at
      from public.contacts r
      where r.org_id = org and r.owner_id = o.owner_id and r.deleted_at is null
        and (r.created_at, r.id) <= (edge.created_at, edge.id)
      order by r.created_at desc, r.id desc
      limit at_most - taken
    ) r
    order by r.created_at desc, r.id desc
    limit at_most - taken;
end
$$;
comment on function private.newest_contact_ids(uuid, uuid[], int, timestamptz, uuid) is 'The newest contacts of some owners. Does not check access.';

create function public.newest_contacts(
  org uuid, owner uuid default null, max int default 50, before timestamptz default null, before_id uuid default null
) returns setof public.contacts
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  owners constant uuid[] := private.owners_in_reach(org, 'contacts', owner);
  shared uuid[];
  at_most constant int := least(greatest(coalesce(max, 50), 1), 1000);
begin
  if owners is null then
    return query
      select r.* from public.contacts r
      where r.org_id = org and r.deleted_at is null and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit at_most;
    return;
  end if;

  shared := array(select private.shared_ids('contacts', 'read'));
  if cardinality(shared) = 0 then
    return query
      select r.*
      from private.newest_contact_ids(org, owners, at_most, before, before_id) n
      join public.contacts r on r.id = n.id
      order by n.created_at desc, n.id desc;
  else
    return query
      select r.*
      from (
        select n.id from private.newest_contact_ids(org, owners, at_most, before, before_id) n
        union
        select r.id from public.contacts r
        where r.id = any (shared) and r.org_id = org and r.deleted_at is null
          and (owner is null or r.owner_id = owner) and (before is null or (r.created_at, r.id) < (before, before_id))
      ) n
      join public.contacts r on r.id = n.id
      order by r.created_at desc, r.id desc
      limit at_most;
  end if;
end
$$;
comment on function public.newest_contacts(uuid, uuid, int, timestamptz, uuid) is
  'The newest contacts the caller may read, all or of one owner, or those made before a row: quick in every scope.';
grant execute on function public.newest_contacts(uuid, uuid, int, timestamptz, uuid) to authenticated;

create function private.newest_deal_ids(org uuid, owners uuid[], at_most int, before timestamptz, before_id uuid)
returns table (id uuid, created_at timestamptz)
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  recent constant int := at_most * 5;
  taken int;
  edge record;
begin
  return query
    select w.id, w.created_at
    from (
      select r.id, r.created_at, r.owner_id
      from public.deals r
      where r.org_id = org and r.deleted_at is null
        and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit recent
    ) w
    where w.owner_id = any (owners)
    order by w.created_at desc, w.id desc
    limit at_most;
  get diagnostics taken = row_count;
  if taken = at_most then
    return;
  end if;

  -- The first row beyond those: nothing that is newer is missing.
  select r.id, r.created_at into edge
  from public.deals r
  where r.org_id = org and r.deleted_at is null
    and (before is null or (r.created_at, r.id) < (before, before_id))
  order by r.created_at desc, r.id desc
  offset recent limit 1;
  if not found then
    return;
  end if;
  return query
    select r.id, r.created_at
    from unnest(owners) o (owner_id)
    cross join lateral (
      select r.id, r.created_at
      from public.deals r
      where r.org_id = org and r.owner_id = o.owner_id and r.deleted_at is null
        and (r.created_at, r.id) <= (edge.created_at, edge.id)
      order by r.created_at desc, r.id desc
      limit at_most - taken
    ) r
    order by r.created_at desc, r.id desc
    limit at_most - taken;
end
$$;
comment on function private.newest_deal_ids(uuid, uuid[], int, timestamptz, uuid) is 'The newest deals of some owners. Does not check access.';

create function public.newest_deals(
  org uuid, owner uuid default null, max int default 50, before timestamptz default null, before_id uuid default null
) returns setof public.deals
language plpgsql stable security definer set search_path = '' rows 50
as $$
declare
  owners constant uuid[] := private.owners_in_reach(org, 'deals', owner);
  shared uuid[];
  at_most constant int := least(greatest(coalesce(max, 50), 1), 1000);
begin
  if owners is null then
    return query
      select r.* from public.deals r
      where r.org_id = org and r.deleted_at is null and (before is null or (r.created_at, r.id) < (before, before_id))
      order by r.created_at desc, r.id desc
      limit at_most;
    return;
  end if;

  shared := array(select private.shared_ids('deals', 'read'));
  if cardinality(shared) = 0 then
    return query
      select r.*
      from private.newest_deal_ids(org, owners, at_most, before, before_id) n
      join public.deals r on r.id = n.id
      order by n.created_at desc, n.id desc;
  else
    return query
      select r.*
      from (
        select n.id from private.newest_deal_ids(org, owners, at_most, before, before_id) n
        union
        select r.id from public.deals r
        where r.id = any (shared) and r.org_id = org and r.deleted_at is null
          and (owner is null or r.owner_id = owner) and (before is null or (r.created_at, r.id) < (before, before_id))
      ) n
      join public.deals r on r.id = n.id
      order by r.created_at desc, r.id desc
      limit at_most;
  end if;
end
$$;
comment on function public.newest_deals(uuid, uuid, int, timestamptz, uuid) is
  'The newest deals the caller may read, all or of one owner, or those made before a row: quick in every scope.';
grant execute on function public.newest_deals(uuid, uuid, int, timestamptz, uuid) to authenticated;
