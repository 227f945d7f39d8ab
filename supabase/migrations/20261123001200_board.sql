-- The board and the search. Trigram indexes cannot serve queries under row-level security (ilike is not leakproof), and an order
-- over several owners cannot use one index: so these run as their owner, check access themselves and return ids and titles.
-- Whole rows are read by id, through the policies.

create function private.like_pattern(query text) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- Shorter texts match at the start only: one or two letters in the middle are in almost every name.
  select case when char_length(q) >= 3 then '%' else '' end || replace(replace(replace(q, '\', '\\'), '%', '\%'), '_', '\_') || '%'
  from (select left(btrim(query), 100) as q) t
$$;
comment on function private.like_pattern(text) is 'What a text must be like to contain the words searched for.';

-- One statement for all of it: each one more would take as long as finding the records.
create function private.reach(org uuid, on_resource text, of_owner uuid, out owners uuid[], out shared uuid[])
language plpgsql stable security definer set search_path = ''
as $$
declare
  scope text;
begin
  select p.scope,
    case p.scope
      when 'own' then array[m.user_id]
      when 'team' then array(
        select m.user_id
        union
        select mate.user_id
        from public.team_members own_team
        join public.team_members mate on mate.org_id = own_team.org_id and mate.team_id = own_team.team_id
        where own_team.org_id = m.org_id and own_team.user_id = m.user_id)
    end,
    case when p.scope = 'all' then '{}' else array(
      select s.record_id
      from public.shares s
      where s.org_id = m.org_id and s.user_id = m.user_id and s.resource = on_resource
        and (s.expires_at is null or s.expires_at > now())
      union all
      select s.record_id
      from public.team_members t
      join public.shares s on s.org_id = t.org_id and s.team_id = t.team_id and s.resource = on_resource
      where t.org_id = m.org_id and t.user_id = m.user_id
        and (s.expires_at is null or s.expires_at > now()))
    end
  into scope, owners, shared
  from private.memberships m
  join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
  where m.org_id = org and p.resource = on_resource and p.action = 'read';
  if scope is null then
    owners := '{}';
    shared := '{}';
  elsif of_owner is null then
    return;
  elsif owners is null or of_owner = any (owners) then
    owners := array[of_owner];
    shared := '{}';
  else
    owners := '{}';
    if cardinality(shared) > 0 then
      execute format('select array(select r.id from public.%I r where r.id = any ($1) and r.org_id = $2 and r.owner_id = $3)', on_resource)
        into shared using shared, org, of_owner;
    end if;
  end if;
end
$$;
comment on function private.reach(uuid, text, uuid) is
  'What a list may show the caller, narrowed to one owner if given: the records of `owners` (null means everybody''s and nobody''s, an empty array nothing), and those with the ids `shared`.';
grant execute on function private.reach(uuid, text, uuid) to authenticated;

create function private.matching_companies(org uuid, pattern text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  reach constant record := private.reach(org, 'companies', null);
  owners constant uuid[] := reach.owners;
  shared constant uuid[] := reach.shared;
begin
  return array(
    select c.id from public.companies c
    where c.org_id = org and c.name ilike pattern and (owners is null or c.owner_id = any (owners) or c.id = any (shared)));
end
$$;
comment on function private.matching_companies(uuid, text) is 'Companies the caller may read whose name matches.';

create function public.board_deal_ids(
  org uuid, pipeline uuid, owner uuid default null, query text default null, per_stage int default 25,
  stage uuid default null, after_rank text default null, after_id uuid default null
) returns table (stage_id uuid, id uuid, rank text)
language plpgsql stable security definer set search_path = '' rows 150
as $$
declare
  reach constant record := private.reach(org, 'deals', owner);
  owners constant uuid[] := reach.owners;
  shared constant uuid[] := reach.shared;
  at_most constant int := least(greatest(coalesce(per_stage, 25), 1), 500);
  pattern constant text := private.like_pattern(query);
  companies uuid[];
begin
  if cardinality(owners) = 0 and cardinality(shared) = 0 then
    return;
  end if;

  if btrim(query) <> '' then
    companies := private.matching_companies(org, pattern);
    return query
      select n.stage_id, n.id, n.rank
      from (
        select d.stage_id, d.id, d.rank, s.position,
          row_number() over (partition by d.stage_id order by d.rank, d.id) as place
        from public.deals d
        join public.stages s on s.org_id = d.org_id and s.id = d.stage_id
        where d.org_id = org and (d.name ilike pattern or d.company_id = any (companies))
          and d.pipeline_id = pipeline and d.deleted_at is null
          and (stage is null or d.stage_id = stage)
          and (owners is null or d.owner_id = any (owners) or d.id = any (shared))
          and (after_rank is null or (d.rank, d.id) > (after_rank, after_id))
      ) n
      where n.place <= at_most
      order by n.position, n.stage_id, n.place;
  elsif owners is null then
    return query
      select d.stage_id, d.id, d.rank
      from public.stages s
      cross join lateral (
        select d.stage_id, d.id, d.rank
        from public.deals d
        where d.org_id = org and d.pipeline_id = pipeline and d.stage_id = s.id and d.deleted_at is null
          and (after_rank is null or (d.rank, d.id) > (after_rank, after_id))
        order by d.rank, d.id
        limit at_most
      ) d
      where s.org_id = org and s.pipeline_id = pipeline and (stage is null or s.id = stage)
      order by s.position, s.id, d.rank, d.id;
  else
    -- The first few of each owner, then the first few of those: every step reads one stretch of an index.
    return query
      select d.stage_id, d.id, d.rank
      from public.stages s
      cross join lateral (
        select mine.stage_id, mine.id, mine.rank
        from unnest(owners) o (owner_id)
        cross join lateral (
          select d.stage_id, d.id, d.rank
          from public.deals d
          where d.org_id = org and d.owner_id = o.owner_id and d.pipeline_id = pipeline and d.stage_id = s.id
            and d.deleted_at is null
            and (after_rank is null or (d.rank, d.id) > (after_rank, after_id))
          order by d.rank, d.id
          limit at_most
        ) mine
        union
        select d.stage_id, d.id, d.rank
        from public.deals d
        where d.id = any (shared) and d.pipeline_id = pipeline and d.stage_id = s.id and d.deleted_at is null
          and (after_rank is null or (d.rank, d.id) > (after_rank, after_id))
        order by 3, 2
        limit at_most
      ) d
      where s.org_id = org and s.pipeline_id = pipeline and (stage is null or s.id = stage)
      order by s.position, s.id, d.rank, d.id;
  end if;
end
$$;
comment on function public.board_deal_ids(uuid, uuid, uuid, text, int, uuid, text, uuid) is
  'The first deals of each stage in board order, or those after a rank and id in one stage. Ids only: read the rows by id.';
grant execute on function public.board_deal_ids(uuid, uuid, uuid, text, int, uuid, text, uuid) to authenticated;

create function public.board_totals(org uuid, pipeline uuid, owner uuid default null, query text default null)
returns table (stage_id uuid, currency text, deals bigint, amount_minor bigint)
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  reach constant record := private.reach(org, 'deals', owner);
  owners constant uuid[] := reach.owners;
  shared constant uuid[] := reach.shared;
  pattern constant text := private.like_pattern(query);
  companies uuid[];
begin
  if cardinality(owners) = 0 and cardinality(shared) = 0 then
    return;
  end if;

  if btrim(query) <> '' then
    companies := private.matching_companies(org, pattern);
    return query
      select d.stage_id, d.currency, count(*), coalesce(sum(d.amount_minor), 0)::bigint
      from public.deals d
      where d.org_id = org and (d.name ilike pattern or d.company_id = any (companies))
        and d.pipeline_id = pipeline and d.deleted_at is null
        and (owners is null or d.owner_id = any (owners) or d.id = any (shared))
      group by d.stage_id, d.currency;
  else
    return query
      select d.stage_id, d.currency, count(*), coalesce(sum(d.amount_minor), 0)::bigint
      from public.deals d
      where d.org_id = org and d.pipeline_id = pipeline and d.deleted_at is null
        and (owners is null or d.owner_id = any (owners) or d.id = any (shared))
      group by d.stage_id, d.currency;
  end if;
end
$$;
comment on function public.board_totals(uuid, uuid, uuid, text) is
  'Number and sum (amount × 100) of all matching deals per stage and currency, loaded on the board or not.';
grant execute on function public.board_totals(uuid, uuid, uuid, text) to authenticated;

create function public.search_records(org uuid, query text, kinds text[] default null, max int default 20)
returns table (resource text, id uuid, title text, subtitle text)
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  needle constant text := left(btrim(query), 100);
  pattern constant text := private.like_pattern(query);
  at_most constant int := least(greatest(coalesce(max, 20), 1), 100);
  -- A text that thousands match is not worth ranking them all: one more letter is typed sooner.
  candidates constant int := 3000;
  wants_deals constant boolean := kinds is null or 'deals' = any (kinds);
  wants_companies constant boolean := kinds is null or 'companies' = any (kinds);
  wants_contacts constant boolean := kinds is null or 'contacts' = any (kinds);
  deal_owners uuid[];
  company_owners uuid[];
  contact_owners uuid[];
  shared_deals uuid[];
  shared_companies uuid[];
  shared_contacts uuid[];
begin
  if coalesce(needle, '') = '' or org <> all (private.known_orgs()) then
    return;
  end if;
  select r.owners, r.shared into deal_owners, shared_deals from private.reach(org, 'deals', null) r;
  select r.owners, r.shared into company_owners, shared_companies from private.reach(org, 'companies', null) r;
  select r.owners, r.shared into contact_owners, shared_contacts from private.reach(org, 'contacts', null) r;
  return query
    select f.resource, f.id, f.title, f.subtitle
    from (
      (select 'deals' as resource, d.id, d.name as title, s.name as subtitle
       from public.deals d
       join public.stages s on s.org_id = d.org_id and s.id = d.stage_id
       where wants_deals and d.org_id = org and d.deleted_at is null and d.name ilike pattern
         and (deal_owners is null or d.owner_id = any (deal_owners) or d.id = any (shared_deals))
       limit candidates)
      union all
      (select 'companies', c.id, c.name, coalesce(c.domain, c.city, '')
       from public.companies c
       where wants_companies and c.org_id = org and c.deleted_at is null and c.name ilike pattern
         and (company_owners is null or c.owner_id = any (company_owners) or c.id = any (shared_companies))
       limit candidates)
      union all
      (select 'contacts', p.id, coalesce(nullif(btrim(p.first_name || ' ' || p.last_name), ''), p.email), coalesce(p.email, p.title, '')
       from public.contacts p
       where wants_contacts and p.org_id = org and p.deleted_at is null
         and (p.first_name || ' ' || p.last_name || ' ' || coalesce(p.email, '')) ilike pattern
         and (contact_owners is null or p.owner_id = any (contact_owners) or p.id = any (shared_contacts))
       limit candidates)
    ) f
    order by extensions.word_similarity(needle, f.title) desc, f.title, f.id
    limit at_most;
end
$$;
comment on function public.search_records(uuid, text, text[], int) is
  'Deals, companies and contacts whose name (for contacts also the address) contains a text, the most alike first. Fewer than three letters match the start of a name only.';
grant execute on function public.search_records(uuid, text, text[], int) to authenticated;
