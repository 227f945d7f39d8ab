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

create function private.listeners(org uuid, on_resource text) returns table (user_id uuid, scope text)
language plpgsql stable security definer set search_path = '' rows 5
as $$
begin
  return query
    select m.user_id, p.scope
    from public.roles r
    join public.members m on m.org_id = r.org_id and m.role_id = r.id
    left join public.role_permissions p
      on p.org_id = r.org_id and p.role_id = r.id and p.resource = on_resource and p.action = 'read'
    where r.org_id = org and m.status = 'active' and not private.reads_everything(r.org_id, r.id);
end
$$;
comment on function private.listeners(uuid, text) is
  'Active members who listen on a topic of their own, with their scope of reading the resource (null: none).';

create function private.tell(topic text, table_name text, op text, total bigint, changed jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.send(
    jsonb_build_object('table', table_name, 'op', op, 'actor', private.actor(), 'request_id', private.request_id())
      || case when total > 100 then jsonb_build_object('count', total) else jsonb_build_object('rows', changed) end,
    'change', topic, true);
end
$$;
comment on function private.tell(text, text, text, bigint, jsonb) is 'Sends one change message: ids and versions, or above 100 rows their number.';

-- Records ------------------------------------------------------------------------------------------------------------------
-- Three functions of one shape: Postgres gives each event its own transition tables. To the workspace's topic goes everything;
-- to a listener what was or is within its scope.

create function private.announce_inserted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message record;
begin
  for message in
    select 'org:' || n.org_id as topic, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end as changed
    from new_rows n
    group by n.org_id
    union all
    select 'member:' || n.org_id || ':' || l.user_id, count(*),
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end
    from (select distinct org_id from new_rows) o
    cross join lateral private.listeners(o.org_id, tg_table_name) l
    join new_rows n on n.org_id = o.org_id
    where private.within_scope(l.scope, l.user_id, n.org_id, n.owner_id)
    group by n.org_id, l.user_id
  loop
    perform private.tell(message.topic, tg_table_name, 'insert', message.total, message.changed);
  end loop;
  return null;
end
$$;

create function private.announce_updated_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message record;
begin
  for message in
    select 'org:' || n.org_id as topic, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end as changed
    from new_rows n
    group by n.org_id
    union all
    select 'member:' || n.org_id || ':' || l.user_id, count(*),
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', n.id, 'version', n.version)) end
    from (select distinct org_id from new_rows) w
    cross join lateral private.listeners(w.org_id, tg_table_name) l
    join new_rows n on n.org_id = w.org_id
    join old_rows o on o.id = n.id
    where private.within_scope(l.scope, l.user_id, n.org_id, n.owner_id)
      or (o.owner_id is distinct from n.owner_id and private.within_scope(l.scope, l.user_id, n.org_id, o.owner_id))
    group by n.org_id, l.user_id
  loop
    perform private.tell(message.topic, tg_table_name, 'update', message.total, message.changed);
  end loop;
  return null;
end
$$;

create function private.announce_deleted_records() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  message record;
begin
  for message in
    select 'org:' || o.org_id as topic, count(*) as total,
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', o.id, 'version', o.version)) end as changed
    from old_rows o
    group by o.org_id
    union all
    select 'member:' || o.org_id || ':' || l.user_id, count(*),
      case when count(*) <= 100 then jsonb_agg(jsonb_build_object('id', o.id, 'version', o.version)) end
    from (select distinct org_id from old_rows) w
    cross join lateral private.listeners(w.org_id, tg_table_name) l
    join old_rows o on o.org_id = w.org_id
    where private.within_scope(l.scope, l.user_id, o.org_id, o.owner_id)
    group by o.org_id, l.user_id
  loop
    perform private.tell(message.topic, tg_table_name, 'delete', message.total, message.changed);
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
      select 'member:' || workspace.org_id || ':' || l.user_id from private.listeners(workspace.org_id, '') l
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

-- Who may join -------------------------------------------------------------------------------------------------------------

create function private.may_join(topic text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  part constant text := '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
  names constant text[] := coalesce(
    regexp_match(topic, '^org:' || part || '$'), regexp_match(topic, '^member:' || part || ':' || part || '$'));
begin
  if names is null then
    return false;
  end if;
  if names[2] is not null then
    return names[2]::uuid = private.actor() and names[1]::uuid in (select private.my_orgs());
  end if;
  return exists (
    select from public.members m
    where m.org_id = names[1]::uuid and m.user_id = private.actor()
      and m.org_id in (select private.my_orgs()) and private.reads_everything(m.org_id, m.role_id)
  );
end
$$;
comment on function private.may_join(text) is 'Whether the caller may be in a private topic: the workspace''s for those who read everything, else their own.';
grant execute on function private.may_join(text) to authenticated;

create policy "members hear what they may know" on realtime.messages for select to authenticated
  using (extension in ('broadcast', 'presence') and (select private.may_join(realtime.topic())));
create policy "members show their presence" on realtime.messages for insert to authenticated
  with check (extension = 'presence' and (select private.may_join(realtime.topic())));
