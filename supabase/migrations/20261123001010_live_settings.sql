-- Live: changes of what every member reads, and of who may do what.

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
      select 'member:' || workspace.org_id || ':' || m.user_id
      from public.members m
      where m.org_id = workspace.org_id and m.role_id = any (private.narrow_roles(workspace.org_id)) and m.status = 'active'
      union
      -- Who was removed, suspended or given another role listens where they belonged before.
      select 'member:' || workspace.org_id || ':' || (to_jsonb(c) ->> 'user_id')
      from changed_rows c
      where tg_table_name = 'members' and tg_op <> 'INSERT' and c.org_id = workspace.org_id
    ) topics;
  end loop;
  return null;
end
$$;
comment on function private.announce_settings() is
  'Announces changes of a table that every member of the workspace reads; those of a membership to its member too, whatever they may hear from now on.';

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

-- Who may do what changed: every tab looks again at its rights, its topic and its window. The message says no more than that ---

create function private.announce_access() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- All events name their transition table `changed_rows`.
  perform private.tell(t.topic, 'access', 'update', 1, null)
  from (select distinct c.org_id from changed_rows c) w
  join public.organizations o on o.id = w.org_id
  cross join lateral (
    select 'org:' || w.org_id as topic
    union all
    select 'member:' || w.org_id || ':' || m.user_id from public.members m where m.org_id = w.org_id and m.status = 'active'
  ) t;
  return null;
end
$$;
comment on function private.announce_access() is 'Tells every member of the workspace that rights or teams changed, on both topics they may be in.';

create trigger role_permissions_80_inserted after insert on public.role_permissions
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger role_permissions_80_updated after update on public.role_permissions
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger role_permissions_80_deleted after delete on public.role_permissions
  referencing old table as changed_rows for each statement execute function private.announce_access();

create trigger field_rules_80_inserted after insert on public.field_rules
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger field_rules_80_deleted after delete on public.field_rules
  referencing old table as changed_rows for each statement execute function private.announce_access();

-- Not which field, nor its name: restricted ones are told of like any other change of rights. Values of theirs are announced to nobody, as personal
-- data is not: a message would tell everybody on the topic that there is something.
create trigger custom_fields_80_inserted after insert on public.custom_fields
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger custom_fields_80_updated after update on public.custom_fields
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger custom_fields_80_deleted after delete on public.custom_fields
  referencing old table as changed_rows for each statement execute function private.announce_access();

create trigger custom_field_roles_80_inserted after insert on public.custom_field_roles
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger custom_field_roles_80_updated after update on public.custom_field_roles
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger custom_field_roles_80_deleted after delete on public.custom_field_roles
  referencing old table as changed_rows for each statement execute function private.announce_access();

create trigger team_members_80_inserted after insert on public.team_members
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger team_members_80_updated after update on public.team_members
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger team_members_80_deleted after delete on public.team_members
  referencing old table as changed_rows for each statement execute function private.announce_access();

-- A share changes the reach of its recipients only; any member may make one, so it must not write a message for everybody.
create function private.announce_shares() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- All events name their transition table `changed_rows`.
  perform private.tell(t.topic, 'access', 'update', 1, null)
  from (
    select 'org:' || o.id as topic
    from public.organizations o where o.id in (select c.org_id from changed_rows c)
    union
    select 'member:' || m.org_id || ':' || m.user_id
    from (
      select c.org_id, c.user_id from changed_rows c where c.user_id is not null
      union
      select t.org_id, t.user_id
      from (select distinct c.org_id, c.team_id from changed_rows c where c.team_id is not null) s
      join public.team_members t on t.org_id = s.org_id and t.team_id = s.team_id
    ) r
    join public.members m on m.org_id = r.org_id and m.user_id = r.user_id and m.status = 'active'
  ) t;
  return null;
end
$$;
comment on function private.announce_shares() is 'Tells the workspace''s topic and the recipients'' own that shares changed.';

create trigger shares_80_inserted after insert on public.shares
  referencing new table as changed_rows for each statement execute function private.announce_shares();
create trigger shares_80_updated after update on public.shares
  referencing new table as changed_rows for each statement execute function private.announce_shares();
create trigger shares_80_deleted after delete on public.shares
  referencing old table as changed_rows for each statement execute function private.announce_shares();

create trigger roles_80_updated after update on public.roles
  referencing new table as changed_rows for each statement execute function private.announce_access();
