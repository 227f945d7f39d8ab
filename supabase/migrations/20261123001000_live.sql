-- Live: after each statement, who may know gets the ids of what changed (docs/decisions/002). Records; the rest is in …1010_live_settings.sql.

-- The record resources: whoever reads all of each may join the workspace's own topic.
create function private.reads_everything(org uuid, role uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return 3 = (
    select count(*) from public.role_permissions p
    where p.org_id = org and p.role_id = role
      and p.resource in ('companies', 'contacts', 'deals') and p.action = 'read' and p.scope = 'all'
  );
end
$$;
comment on function private.reads_everything(uuid, uuid) is 'Whether a role reads all of every record resource.';

-- The request, as its sender names it; a marker to recognise one's own changes by, no more.
create function private.request_id() returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return left(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id', 64);
end
$$;
comment on function private.request_id() is 'The header x-request-id of this request, null outside one.';

-- Most workspaces have none, and this is asked at every change: only where there are some does anything more happen.
create function private.narrow_roles(org uuid) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(
    select r.id
    from public.roles r
    where r.org_id = org and 3 > (
      select count(*) from public.role_permissions p
      where p.org_id = r.org_id and p.role_id = r.id
        and p.resource in ('companies', 'contacts', 'deals') and p.action = 'read' and p.scope = 'all'));
end
$$;
comment on function private.narrow_roles(uuid) is 'Roles that read less than everything: their members listen on topics of their own.';

create function private.onlookers(narrow_roles uuid[], org uuid, on_resource text, owners uuid[])
returns table (user_id uuid, owner_id uuid)
language plpgsql stable security definer set search_path = '' rows 20
as $$
begin
  -- From the few to the few: members of narrow roles, then the teams of these owners.
  return query
    select m.user_id, o.owner_id
    from public.members m
    join public.role_permissions p
      on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = on_resource and p.action = 'read'
    cross join unnest(owners) o (owner_id)
    where m.org_id = org and m.role_id = any (narrow_roles) and m.status = 'active'
      and (p.scope = 'all' or m.user_id = o.owner_id)
    union
    select m.user_id, o.owner_id
    from unnest(owners) o (owner_id)
    join public.team_members mate on mate.org_id = org and mate.user_id = o.owner_id
    join public.team_members own_team on own_team.org_id = mate.org_id and own_team.team_id = mate.team_id
    join public.members m on m.org_id = own_team.org_id and m.user_id = own_team.user_id
    join public.role_permissions p
      on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = on_resource and p.action = 'read' and p.scope = 'team'
    where m.role_id = any (narrow_roles) and m.status = 'active';
end
$$;
comment on function private.onlookers(uuid[], uuid, text, uuid[]) is
  'Which active members of narrow roles may read the records of which of these owners.';

create function private.tell(topic text, table_name text, op text, total bigint, changed jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(
    jsonb_build_object('table', table_name, 'op', op, 'actor', private.actor(), 'request_id', private.request_id())
      || case when changed is null then jsonb_build_object('count', total) else jsonb_build_object('rows', changed) end,
    'change', topic, true);
end
$$;
comment on function private.tell(text, text, text, bigint, jsonb) is 'Sends one change message: ids and versions, or only their number.';

-- Records ------------------------------------------------------------------------------------------------------------------
-- The triggers count the rows of a statement by workspace and by the owners they have or had, in one pass and without joining the
-- transition tables: a join's plan, kept from a statement of one row, would never end on one of ten thousand.
-- Unowned records count under the nil uuid, an owner that nobody is.

create function private.announce(org uuid, table_name text, op text, by_owners jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- by_owners: [{owners: [uuid], total: int, rows: [{id, version}] | null above a hundred}]
  total constant bigint := (select sum((g ->> 'total')::bigint) from jsonb_array_elements(by_owners) g);
  narrow_roles constant uuid[] := private.narrow_roles(org);
  owners uuid[];
  onlooker record;
begin
  perform private.tell('org:' || org, table_name, op, total, case when total <= 100 then (
    select jsonb_agg(r) from jsonb_array_elements(by_owners) g, jsonb_array_elements(g -> 'rows') r) end);
  if cardinality(narrow_roles) = 0 then
    return;
  end if;
  owners := array(
    select distinct o::uuid from jsonb_array_elements(by_owners) g, jsonb_array_elements_text(g -> 'owners') o);
  for onlooker in
    select s.user_id, sum((s.seen ->> 'total')::bigint)::bigint as total, jsonb_agg(s.seen -> 'rows') as seen_rows
    from (
      select distinct on (w.user_id, g.no) w.user_id, g.value as seen
      from private.onlookers(narrow_roles, org, table_name, owners) w
      join jsonb_array_elements(by_owners) with ordinality g (value, no) on g.value -> 'owners' ? w.owner_id::text
    ) s
    group by s.user_id
  loop
    perform private.tell('member:' || org || ':' || onlooker.user_id, table_name, op, onlooker.total,
      case when onlooker.total <= 100 then (
        select jsonb_agg(r) from jsonb_array_elements(onlooker.seen_rows) g, jsonb_array_elements(g) r) end);
  end loop;
end
$$;
comment on function private.announce(uuid, text, text, jsonb) is
  'Tells the workspace''s topic of all changed records, and onlookers of those that are or were within their scope.';

-- Shares name single records, so their recipients are told apart from the onlookers; whoever is both hears twice, which is harmless.
-- Asked with the ids that changed, since a workspace may have many more shares than a statement has rows. A trigger's tg_table_name is
-- of collation C, and so are these parameters then: compared like that, the index on resource and record would be of no use.
create function private.shared_among(table_name text, orgs uuid[], ids uuid[]) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return array(
    select distinct s.record_id from public.shares s
    where s.org_id = any (orgs) and s.resource = table_name collate "default" and s.record_id = any (ids) and (s.expires_at is null or s.expires_at > now()));
end
$$;
comment on function private.shared_among(text, uuid[], uuid[]) is 'Which of these records of a table in these workspaces are shared with somebody.';

create function private.announce_shared(table_name text, op text, changed jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- changed: [{org_id, id, version}], shared records only
  perform private.tell('member:' || r.org_id || ':' || r.user_id, table_name, op, r.total, case when r.total <= 100 then r.rows end)
  from (
    select d.org_id, d.user_id, count(*) as total, jsonb_agg(jsonb_build_object('id', d.id, 'version', d.version)) as rows
    from (
      select distinct m.org_id, m.user_id, c.id, c.version
      from jsonb_to_recordset(changed) c (org_id uuid, id uuid, version int)
      -- From each record to its shares by index, whatever the planner thinks of how many there are in all.
      cross join lateral (
        select s.org_id, s.user_id, s.team_id from public.shares s
        where s.org_id = c.org_id and s.resource = table_name collate "default" and s.record_id = c.id and (s.expires_at is null or s.expires_at > now())
        offset 0
      ) s
      left join public.team_members t on t.org_id = s.org_id and t.team_id = s.team_id
      join public.members m on m.org_id = s.org_id and m.user_id = coalesce(s.user_id, t.user_id) and m.status = 'active'
      join public.role_permissions p
        on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = table_name and p.action = 'read'
      where m.role_id = any (private.narrow_roles(c.org_id))
    ) d
    group by d.org_id, d.user_id
  ) r;
end
$$;
comment on function private.announce_shared(text, text, jsonb) is 'Tells members of narrow roles of changed records that are shared with them.';

create function private.announce_inserted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.announce(w.org_id, tg_table_name, 'insert', w.by_owners)
  from (
    select g.org_id, jsonb_agg(jsonb_build_object('owners', g.owners, 'total', g.total, 'rows', g.changed)) as by_owners
    from (
      select r.org_id, r.owners, count(*) as total,
        case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', r.id, 'version', r.version)) end as changed
      from (
        select c.org_id, c.id, c.version, array[coalesce(c.owner_id, '00000000-0000-0000-0000-000000000000'::uuid)] as owners
        from new_rows c
      ) r
      group by r.org_id, r.owners
    ) g
    group by g.org_id
  ) w;
  return null;
end
$$;

create function private.announce_updated_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  shared constant uuid[] := private.shared_among(
    tg_table_name, array(select distinct n.org_id from new_rows n), array(select n.id from new_rows n));
begin
  perform private.announce(w.org_id, tg_table_name, 'update', w.by_owners)
  from (
    select g.org_id, jsonb_agg(jsonb_build_object('owners', g.owners, 'total', g.total, 'rows', g.changed)) as by_owners
    from (
      select r.org_id, r.owners, count(*) as total,
        case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', r.id, 'version', r.version)) end as changed
      from (
        select c.org_id, c.id, max(c.version) as version, array_agg(distinct c.owner) as owners
        from (
          select n.org_id, n.id, n.version, coalesce(n.owner_id, '00000000-0000-0000-0000-000000000000'::uuid) as owner from new_rows n
          union all
          select o.org_id, o.id, o.version, coalesce(o.owner_id, '00000000-0000-0000-0000-000000000000'::uuid) from old_rows o
        ) c
        group by c.org_id, c.id
      ) r
      group by r.org_id, r.owners
    ) g
    group by g.org_id
  ) w;
  if cardinality(shared) > 0 then
    perform private.announce_shared(tg_table_name, 'update', jsonb_agg(jsonb_build_object('org_id', n.org_id, 'id', n.id, 'version', n.version)))
    from new_rows n where n.id = any (shared) having count(*) > 0;
  end if;
  return null;
end
$$;

-- Before the trigger that ends the shares of what is deleted.
create function private.announce_deleted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  shared constant uuid[] := private.shared_among(
    tg_table_name, array(select distinct o.org_id from old_rows o), array(select o.id from old_rows o));
begin
  perform private.announce(w.org_id, tg_table_name, 'delete', w.by_owners)
  from (
    select g.org_id, jsonb_agg(jsonb_build_object('owners', g.owners, 'total', g.total, 'rows', g.changed)) as by_owners
    from (
      select r.org_id, r.owners, count(*) as total,
        case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', r.id, 'version', r.version)) end as changed
      from (
        select c.org_id, c.id, c.version, array[coalesce(c.owner_id, '00000000-0000-0000-0000-000000000000'::uuid)] as owners
        from old_rows c
      ) r
      group by r.org_id, r.owners
    ) g
    group by g.org_id
  ) w;
  if cardinality(shared) > 0 then
    perform private.announce_shared(tg_table_name, 'delete', jsonb_agg(jsonb_build_object('org_id', o.org_id, 'id', o.id, 'version', o.version)))
    from old_rows o where o.id = any (shared) having count(*) > 0;
  end if;
  return null;
end
$$;

comment on function private.announce_inserted_records() is 'Announces new rows of a record table.';
comment on function private.announce_updated_records() is 'Announces changed rows of a record table, also to those who lose sight of them.';
comment on function private.announce_deleted_records() is 'Announces permanently deleted rows of a record table.';

do $do$
declare
  kind text;
begin
  foreach kind in array array['companies', 'contacts', 'deals'] loop
    execute format($create$
      create trigger %1$s_80_inserted after insert on public.%1$I
        referencing new table as new_rows for each statement execute function private.announce_inserted_records();
      create trigger %1$s_80_updated after update on public.%1$I
        referencing old table as old_rows new table as new_rows for each statement execute function private.announce_updated_records();
      create trigger %1$s_80_deleted after delete on public.%1$I
        referencing old table as old_rows for each statement execute function private.announce_deleted_records();
    $create$, kind);
  end loop;
end
$do$;
