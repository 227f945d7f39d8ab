-- Roles and their rights (docs/decisions/001).

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
  using (org_id = any (array(select private.orgs_where('roles', 'update', 'all'))));
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
  if not new.second_factor_required and new.org_id not in (select private.orgs_where('organizations', 'manage', 'all')) then
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
      (resource in ('members', 'roles', 'teams', 'pipelines', 'custom_fields') and action in ('create', 'update', 'delete'))
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
