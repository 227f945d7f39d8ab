-- Live: after each statement, who may know gets the ids of what changed (docs/decisions/002).

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
  return array(select r.id from public.roles r where r.org_id = org and not private.reads_everything(r.org_id, r.id));
end
$$;
comment on function private.narrow_roles(uuid) is 'Roles that read less than everything: their members listen on topics of their own.';

create function private.listeners(narrow_roles uuid[], on_resource text) returns table (user_id uuid, scope text)
language plpgsql stable security definer set search_path = '' rows 20
as $$
begin
  return query
    select m.user_id, p.scope
    from public.members m
    left join public.role_permissions p
      on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = on_resource and p.action = 'read'
    where m.role_id = any (narrow_roles) and m.status = 'active';
end
$$;
comment on function private.listeners(uuid[], text) is 'Active members of such roles, with their scope of reading the resource (null: none).';

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
-- Three functions of one shape: Postgres gives each event its own transition tables. To the workspace's topic goes everything; to
-- a listener what was or is within its scope. Above a hundred rows these are counted by owner first: there are few owners.

create function private.announce_inserted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  workspace record;
  listener record;
  narrow_roles uuid[];
begin
  for workspace in
    select n.org_id, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end as changed
    from new_rows n
    group by n.org_id
  loop
    perform private.tell('org:' || workspace.org_id, tg_table_name, 'insert', workspace.total, workspace.changed);
    narrow_roles := private.narrow_roles(workspace.org_id);
    if cardinality(narrow_roles) = 0 then
      continue;
    elsif workspace.total <= 100 then
      for listener in
        select l.user_id, count(*) as total, jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) as changed
        from private.listeners(narrow_roles, tg_table_name) l
        join new_rows n on n.org_id = workspace.org_id
        where private.within_scope(l.scope, l.user_id, workspace.org_id, n.owner_id)
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'insert', listener.total, listener.changed);
      end loop;
    else
      for listener in
        select l.user_id, sum(t.rows_of_owner)::bigint as total
        from private.listeners(narrow_roles, tg_table_name) l
        cross join (
          select n.owner_id, count(*) as rows_of_owner from new_rows n where n.org_id = workspace.org_id group by n.owner_id
        ) t
        where private.within_scope(l.scope, l.user_id, workspace.org_id, t.owner_id)
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'insert', listener.total, null);
      end loop;
    end if;
  end loop;
  return null;
end
$$;

create function private.announce_updated_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  workspace record;
  listener record;
  narrow_roles uuid[];
begin
  for workspace in
    select n.org_id, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end as changed
    from new_rows n
    group by n.org_id
  loop
    perform private.tell('org:' || workspace.org_id, tg_table_name, 'update', workspace.total, workspace.changed);
    narrow_roles := private.narrow_roles(workspace.org_id);
    if cardinality(narrow_roles) = 0 then
      continue;
    elsif workspace.total <= 100 then
      for listener in
        select l.user_id, count(*) as total, jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) as changed
        from private.listeners(narrow_roles, tg_table_name) l
        join new_rows n on n.org_id = workspace.org_id
        join old_rows o on o.id = n.id
        where private.within_scope(l.scope, l.user_id, workspace.org_id, n.owner_id)
          or (o.owner_id is distinct from n.owner_id and private.within_scope(l.scope, l.user_id, workspace.org_id, o.owner_id))
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'update', listener.total, listener.changed);
      end loop;
    else
      for listener in
        select l.user_id, sum(t.rows_of_owner)::bigint as total
        from private.listeners(narrow_roles, tg_table_name) l
        cross join (
          select n.owner_id, o.owner_id as former_owner_id, count(*) as rows_of_owner
          from new_rows n
          join old_rows o on o.id = n.id
          where n.org_id = workspace.org_id
          group by n.owner_id, o.owner_id
        ) t
        where private.within_scope(l.scope, l.user_id, workspace.org_id, t.owner_id)
          or private.within_scope(l.scope, l.user_id, workspace.org_id, t.former_owner_id)
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'update', listener.total, null);
      end loop;
    end if;
  end loop;
  return null;
end
$$;

create function private.announce_deleted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  workspace record;
  listener record;
  narrow_roles uuid[];
begin
  for workspace in
    select o.org_id, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', o.id, 'version', o.version)) end as changed
    from old_rows o
    group by o.org_id
  loop
    perform private.tell('org:' || workspace.org_id, tg_table_name, 'delete', workspace.total, workspace.changed);
    narrow_roles := private.narrow_roles(workspace.org_id);
    if cardinality(narrow_roles) = 0 then
      continue;
    elsif workspace.total <= 100 then
      for listener in
        select l.user_id, count(*) as total, jsonb_agg(jsonb_build_object('id', o.id, 'version', o.version)) as changed
        from private.listeners(narrow_roles, tg_table_name) l
        join old_rows o on o.org_id = workspace.org_id
        where private.within_scope(l.scope, l.user_id, workspace.org_id, o.owner_id)
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'delete', listener.total, listener.changed);
      end loop;
    else
      for listener in
        select l.user_id, sum(t.rows_of_owner)::bigint as total
        from private.listeners(narrow_roles, tg_table_name) l
        cross join (
          select o.owner_id, count(*) as rows_of_owner from old_rows o where o.org_id = workspace.org_id group by o.owner_id
        ) t
        where private.within_scope(l.scope, l.user_id, workspace.org_id, t.owner_id)
        group by l.user_id
      loop
        perform private.tell('member:' || workspace.org_id || ':' || listener.user_id, tg_table_name, 'delete', listener.total, null);
      end loop;
    end if;
  end loop;
  return null;
end
$$;

comment on function private.announce_inserted_records() is 'Announces new rows of a record table.';
comment on function private.announce_updated_records() is 'Announces changed rows of a record table, also to those who lose sight of them.';
comment on function private.announce_deleted_records() is 'Announces permanently deleted rows of a record table.';

create function private.within_scope(scope text, member_id uuid, org uuid, owner uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  if scope is null then
    return false;
  end if;
  return scope = 'all' or owner = member_id or (scope = 'team' and exists (
    select
    from public.team_members own_team
    join public.team_members mate on mate.org_id = own_team.org_id and mate.team_id = own_team.team_id
    where own_team.org_id = org and own_team.user_id = member_id and mate.user_id = owner
  ));
end
$$;
comment on function private.within_scope(text, uuid, uuid, uuid) is 'Whether a record of that owner is within a member''s scope.';

create trigger companies_80_inserted after insert on public.companies
  referencing new table as new_rows for each statement execute function private.announce_inserted_records();
create trigger companies_80_updated after update on public.companies
  referencing old table as old_rows new table as new_rows for each statement execute function private.announce_updated_records();
create trigger companies_80_deleted after delete on public.companies
  referencing old table as old_rows for each statement execute function private.announce_deleted_records();

create trigger contacts_80_inserted after insert on public.contacts
  referencing new table as new_rows for each statement execute function private.announce_inserted_records();
create trigger contacts_80_updated after update on public.contacts
  referencing old table as old_rows new table as new_rows for each statement execute function private.announce_updated_records();
create trigger contacts_80_deleted after delete on public.contacts
  referencing old table as old_rows for each statement execute function private.announce_deleted_records();

create trigger deals_80_inserted after insert on public.deals
  referencing new table as new_rows for each statement execute function private.announce_inserted_records();
create trigger deals_80_updated after update on public.deals
  referencing old table as old_rows new table as new_rows for each statement execute function private.announce_updated_records();
create trigger deals_80_deleted after delete on public.deals
  referencing old table as old_rows for each statement execute function private.announce_deleted_records();

-- What every member reads: stages, pipelines, members ----------------------------------------------------------------------

create function private.announce_settings() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  workspace record;
begin
  -- All three events name their transition table `changed_rows`.
  for workspace in
    select c.org_id, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', c.id, 'version', c.version)) end as changed
    from changed_rows c
    group by c.org_id
  loop
    perform private.tell(topic, tg_table_name, lower(tg_op), workspace.total, workspace.changed)
    from (
      select 'org:' || workspace.org_id as topic
      union all
      select 'member:' || workspace.org_id || ':' || l.user_id
      from private.listeners(private.narrow_roles(workspace.org_id), '') l
    ) topics;
  end loop;
  return null;
end
$$;
comment on function private.announce_settings() is 'Announces changes of a table that every member of the workspace reads.';

create trigger pipelines_80_inserted after insert on public.pipelines
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger pipelines_80_updated after update on public.pipelines
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger pipelines_80_deleted after delete on public.pipelines
  referencing old table as changed_rows for each statement execute function private.announce_settings();

create trigger stages_80_inserted after insert on public.stages
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger stages_80_updated after update on public.stages
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger stages_80_deleted after delete on public.stages
  referencing old table as changed_rows for each statement execute function private.announce_settings();

create trigger members_80_inserted after insert on public.members
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger members_80_updated after update on public.members
  referencing new table as changed_rows for each statement execute function private.announce_settings();
create trigger members_80_deleted after delete on public.members
  referencing old table as changed_rows for each statement execute function private.announce_settings();
