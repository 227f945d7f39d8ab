-- Roles, members and teams (docs/decisions/001).

-- Roles --------------------------------------------------------------------------------------------------------------------

create table public.roles (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  key text not null default 'custom-' || replace(gen_random_uuid()::text, '-', ''),
  name text not null,
  description text not null default '',
  is_system boolean not null default false,
  second_factor_required boolean not null default false,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint roles_org_id_id_key unique (org_id, id),
  constraint roles_org_id_key_key unique (org_id, key),
  constraint roles_org_id_name_key unique (org_id, name),
  constraint roles_key_format check (key ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(key) <= 48),
  constraint roles_name_length check (char_length(btrim(name)) between 1 and 60 and char_length(name) <= 60),
  constraint roles_description_length check (char_length(description) <= 500)
);
comment on table public.roles is 'What a member may do has a name. Four come with every workspace (is_system, fixed key); others are its own.';
comment on column public.roles.second_factor_required is 'Whether members with this role need a second factor, also where the workspace does not demand it of all.';

alter table public.roles enable row level security;

create policy "members read roles" on public.roles for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins add roles" on public.roles for insert to authenticated
  with check (org_id = any (array(select private.orgs_where('roles', 'create', 'all'))) and not is_system);
create policy "admins edit roles" on public.roles for update to authenticated
  using (org_id = any (array(select private.orgs_where('roles', 'update', 'all'))))
  with check (org_id = any (array(select private.orgs_where('roles', 'update', 'all'))));
create policy "admins remove roles of their own" on public.roles for delete to authenticated
  using (org_id = any (array(select private.orgs_where('roles', 'delete', 'all'))) and not is_system);

grant select, insert (org_id, name, description, second_factor_required), update (name, description, second_factor_required), delete
  on public.roles to authenticated;
grant select, insert, update, delete on public.roles to service_role;

-- As for the workspace (private.check_demands): nobody keeps themselves out, and only admins decide what admins need.
create function private.check_role_demand() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.actor() is null then
    return new;
  end if;
  if new.key = 'admin' and new.org_id not in (select private.admin_orgs()) then
    raise exception 'Only admins decide how admins sign in.' using errcode = '42501';
  end if;
  -- To ask for more is safe in the hands of whoever edits roles; to ask for less is a decision about the workspace.
  if not new.second_factor_required
    and new.org_id not in (select private.admin_orgs())
    and new.org_id not in (select private.orgs_where('organizations', 'manage', 'all')) then
    raise exception 'Your role does not allow you to lift what a role demands.' using errcode = '42501';
  end if;
  if new.second_factor_required and new.id in (select private.my_roles()) and not private.session_satisfies(true, null) then
    raise exception 'Your own session would not meet this. Sign in again with your second factor first.'
      using errcode = 'P0001', hint = 'would_lock_out';
  end if;
  return new;
end
$$;
comment on function private.check_role_demand() is 'Before a change of what a role demands of sessions.';
create trigger roles_10_demand before update of second_factor_required on public.roles
  for each row when (old.second_factor_required <> new.second_factor_required) execute function private.check_role_demand();

-- Whoever gives out roles goes by their names: a predefined one that is called something else gives what nobody meant to give.
create function private.keep_role_names() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.actor() is not null and new.org_id not in (select private.admin_orgs()) then
    raise exception 'Only admins rename predefined roles.' using errcode = '42501';
  end if;
  return new;
end
$$;
comment on function private.keep_role_names() is 'Before a predefined role gets another name.';
create trigger roles_20_names before update of name on public.roles
  for each row when (old.is_system and old.name <> new.name) execute function private.keep_role_names();

create trigger roles_90_touch before update on public.roles
  for each row execute function private.touch();

create table public.role_permissions (
  org_id uuid not null references public.organizations (id) on delete cascade,
  role_id uuid not null,
  resource text not null,
  action text not null,
  scope text not null default 'all',
  created_at timestamptz not null default now(),
  primary key (org_id, role_id, resource, action),
  constraint role_permissions_role_fkey foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade,
  constraint role_permissions_scope_known check (scope in ('own', 'team', 'all')),
  constraint role_permissions_right_known check (
    (resource in ('companies', 'contacts', 'deals') and action in ('read', 'create', 'update', 'delete', 'export', 'import', 'assign'))
    or (resource = 'contact_private' and action in ('read', 'update'))
    or (scope = 'all' and (
      (resource in ('members', 'roles', 'teams', 'pipelines') and action in ('create', 'update', 'delete'))
      or (resource = 'organizations' and action in ('update', 'manage'))
      or (resource = 'analytics' and action = 'read')))
  )
);
comment on table public.role_permissions is 'One row is one right: a role may do the action on the resource within the scope. No row, no right.';

alter table public.role_permissions enable row level security;

-- The rights of the role admin are fixed, or a workspace could lose everybody who can repair it.
create function private.admin_roles() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 3
as $$
begin
  return query select r.id from public.roles r where r.org_id in (select private.my_orgs()) and r.key = 'admin';
end
$$;
comment on function private.admin_roles() is 'The fixed roles: those with the key admin in the caller''s workspaces.';
grant execute on function private.admin_roles() to authenticated;

create function private.admin_orgs() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 3
as $$
begin
  return query
    select m.org_id
    from private.memberships m
    join public.roles r on r.org_id = m.org_id and r.id = m.role_id
    where r.key = 'admin';
end
$$;
comment on function private.admin_orgs() is 'Workspaces in which the caller is an admin.';
grant execute on function private.admin_orgs() to authenticated;

create function private.my_roles() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 3
as $$
begin
  return query select m.role_id from private.memberships m;
end
$$;
comment on function private.my_roles() is 'The caller''s own roles: nobody but an admin changes what they themselves may do.';
grant execute on function private.my_roles() to authenticated;

create policy "members read rights" on public.role_permissions for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins grant rights" on public.role_permissions for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.admin_roles()))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (resource not in ('members', 'roles', 'teams', 'organizations') and role_id <> all (array(select private.my_roles())))));
create policy "admins change the scope of rights" on public.role_permissions for update to authenticated
  using (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.admin_roles()))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (resource not in ('members', 'roles', 'teams', 'organizations') and role_id <> all (array(select private.my_roles())))))
  with check (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.admin_roles()))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (resource not in ('members', 'roles', 'teams', 'organizations') and role_id <> all (array(select private.my_roles())))));
create policy "admins take rights away" on public.role_permissions for delete to authenticated
  using (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.admin_roles()))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (resource not in ('members', 'roles', 'teams', 'organizations') and role_id <> all (array(select private.my_roles())))));

grant select, insert (org_id, role_id, resource, action, scope), update (scope), delete on public.role_permissions to authenticated;
grant select, insert, update, delete on public.role_permissions to service_role;

-- Members ------------------------------------------------------------------------------------------------------------------

create table public.members (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  role_id uuid not null,
  status text not null default 'active',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint members_org_id_id_key unique (org_id, id),
  constraint members_org_id_user_id_key unique (org_id, user_id),
  constraint members_role_fkey foreign key (org_id, role_id) references public.roles (org_id, id) on delete no action,
  constraint members_status_known check (status in ('active', 'suspended'))
);
comment on table public.members is 'Who belongs to a workspace, with one role. A suspended member keeps the seat and sees nothing.';
create index members_user_id_idx on public.members (user_id);
create index members_org_id_role_id_idx on public.members (org_id, role_id);

alter table public.members enable row level security;

create policy "members read members" on public.members for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
-- The caller's seats in workspaces that are open to them: the one place that says what "a member" is to every policy and function.
create view private.memberships as
  select m.org_id, m.user_id, m.role_id
  from public.members m
  join public.organizations o on o.id = m.org_id
  join public.roles r on r.org_id = m.org_id and r.id = m.role_id
  where m.user_id = private.actor() and m.status = 'active' and o.status = 'active'
    and (private.viewed_org() is null or m.org_id = private.viewed_org())
    -- Most workspaces demand nothing; that the session still lives is checked per request, before this (private.check_request).
    and (not (o.second_factor_required or r.second_factor_required) and o.session_hours is null
      or private.session_satisfies(o.second_factor_required or r.second_factor_required, o.session_hours));
comment on view private.memberships is
  'Active membership of the caller in active workspaces, where the session meets what workspace and role demand of it.';

-- Nobody is put into a workspace by a stranger: only people whose membership elsewhere the caller looks after too; anyone else must be
-- invited and accept. The right to edit members is not the right to become or unmake an admin (docs/decisions/001).
create function private.my_staff() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 50
as $$
begin
  return query
    select distinct m.user_id from public.members m where m.org_id in (select private.orgs_where('members', 'create', 'all'));
end
$$;
comment on function private.my_staff() is 'Members of the workspaces in which the caller may add members.';
grant execute on function private.my_staff() to authenticated;

-- Who may give out roles could otherwise give an accomplice the right to edit roles, and get every right back from them.
create function private.role_exceeds(given uuid, giver uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select from public.roles r where r.id = given and r.key = 'admin')
    or exists (
      select from public.role_permissions p
      where p.role_id = given and p.resource in ('members', 'roles', 'teams', 'organizations')
        and not exists (
          select from public.role_permissions held
          where held.org_id = p.org_id and held.role_id = giver and held.resource = p.resource and held.action = p.action));
end
$$;
comment on function private.role_exceeds(uuid, uuid) is
  'Whether a role is admin, or holds a right over members, roles, teams or the workspace that its giver''s role lacks.';

create function private.kept_roles() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 5
as $$
begin
  return query
    select r.id
    from private.memberships m
    join public.roles r on r.org_id = m.org_id
    where private.role_exceeds(r.id, m.role_id);
end
$$;
comment on function private.kept_roles() is
  'Roles of the caller''s workspaces that only an admin may give: admin, and those with rights over people, roles, teams or the workspace beyond the caller''s own.';
grant execute on function private.kept_roles() to authenticated;

create policy "admins add their staff" on public.members for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('members', 'create', 'all')))
    and user_id in (select private.my_staff())
    and (org_id = any (array(select private.admin_orgs())) or role_id <> all (array(select private.kept_roles()))));
create policy "admins edit members" on public.members for update to authenticated
  using (
    org_id = any (array(select private.orgs_where('members', 'update', 'all')))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (role_id <> all (array(select private.admin_roles())) and user_id <> (select private.actor()))))
  with check (
    org_id = any (array(select private.orgs_where('members', 'update', 'all')))
    and (
      org_id = any (array(select private.admin_orgs()))
      or (role_id <> all (array(select private.kept_roles())) and user_id <> (select private.actor()))));
create policy "admins remove members, and anybody may leave" on public.members for delete to authenticated
  using (
    user_id = (select private.actor())
    or (
      org_id = any (array(select private.orgs_where('members', 'delete', 'all')))
      and (org_id = any (array(select private.admin_orgs())) or role_id <> all (array(select private.admin_roles())))));

grant select, insert (org_id, user_id, role_id, status), update (role_id, status), delete on public.members to authenticated;
grant select, insert, update, delete on public.members to service_role;

-- A workspace always keeps an active admin, and its owner is one. The lock on the workspace's row lets only one removal at a time look, so
-- that two admins who remove each other at once cannot both succeed.
create function private.keep_an_admin() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  owner uuid;
begin
  select o.owner_id into owner from public.organizations o where o.id = old.org_id for no key update;
  if not found then
    return null; -- the whole workspace is being removed
  end if;
  if not exists (
    select
    from public.members m
    join public.roles r on r.org_id = m.org_id and r.id = m.role_id
    where m.org_id = old.org_id and m.status = 'active' and r.key = 'admin'
  ) then
    raise exception 'A workspace needs at least one active admin.'
      using errcode = 'P0001', hint = 'last_admin', detail = 'Make somebody else an admin first.';
  end if;
  if owner = old.user_id then
    raise exception 'The owner of a workspace stays its admin.'
      using errcode = 'P0001', hint = 'workspace_owner', detail = 'The owner hands the workspace over to another admin first.';
  end if;
  return null;
end
$$;
comment on function private.keep_an_admin() is 'Refuses to remove, suspend or demote the last active admin of a workspace, and its owner.';

-- Checked last, so that the trigger's sentence comes first.
alter table public.organizations add constraint organizations_owner_fkey
  foreign key (id, owner_id) references public.members (org_id, user_id) on delete no action deferrable initially deferred;

create trigger members_10_keep_an_admin after update of role_id, status, user_id, org_id on public.members
  for each row when (old.status = 'active' and (new.status <> 'active' or new.role_id <> old.role_id))
  execute function private.keep_an_admin();
create trigger members_11_keep_an_admin after delete on public.members
  for each row when (old.status = 'active') execute function private.keep_an_admin();
create trigger members_90_touch before update on public.members
  for each row execute function private.touch();

-- Teams --------------------------------------------------------------------------------------------------------------------

create table public.teams (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint teams_org_id_id_key unique (org_id, id),
  constraint teams_org_id_name_key unique (org_id, name),
  constraint teams_name_length check (char_length(btrim(name)) between 1 and 60 and char_length(name) <= 60),
  constraint teams_name_printable check (name !~ '[[:cntrl:]]')
);
comment on table public.teams is 'Groups of members. Scope team means: records owned by somebody I share a team with.';

alter table public.teams enable row level security;

create policy "members read teams" on public.teams for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins add teams" on public.teams for insert to authenticated
  with check (org_id = any (array(select private.orgs_where('teams', 'create', 'all'))));
create policy "admins edit teams" on public.teams for update to authenticated
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))))
  with check (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));
create policy "admins remove teams" on public.teams for delete to authenticated
  using (org_id = any (array(select private.orgs_where('teams', 'delete', 'all'))));

grant select, insert (org_id, name), update (name), delete on public.teams to authenticated;
grant select, insert, update, delete on public.teams to service_role;

create trigger teams_90_touch before update on public.teams
  for each row execute function private.touch();

create table public.team_members (
  org_id uuid not null references public.organizations (id) on delete cascade,
  team_id uuid not null,
  user_id uuid not null,
  is_lead boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (org_id, team_id, user_id),
  constraint team_members_team_fkey foreign key (org_id, team_id) references public.teams (org_id, id) on delete cascade,
  constraint team_members_member_fkey foreign key (org_id, user_id) references public.members (org_id, user_id) on delete cascade
);
comment on table public.team_members is 'Who is in which team. A member may be in several, or in none.';
create index team_members_org_id_user_id_idx on public.team_members (org_id, user_id);

alter table public.team_members enable row level security;

create policy "members read who is in a team" on public.team_members for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins put members into teams" on public.team_members for insert to authenticated
  with check (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));
create policy "admins choose team leads" on public.team_members for update to authenticated
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))))
  with check (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));
create policy "admins take members out of teams" on public.team_members for delete to authenticated
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));

grant select, insert (org_id, team_id, user_id, is_lead), update (is_lead), delete on public.team_members to authenticated;
grant select, insert, update, delete on public.team_members to service_role;

-- The caller's own rights --------------------------------------------------------------------------------------------------

create function public.my_access(org uuid) returns table (resource text, action text, scope text)
language sql stable security definer set search_path = ''
as $$
  select p.resource, p.action, p.scope
  from private.memberships m
  join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
  where m.org_id = my_access.org
  order by p.resource, p.action
$$;
comment on function public.my_access(uuid) is 'The caller''s own rights in a workspace, so that the app can hide what would be refused.';
grant execute on function public.my_access(uuid) to authenticated, service_role;
