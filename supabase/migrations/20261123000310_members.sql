-- Members: who belongs to a workspace, and what that is worth at this moment (docs/decisions/001).

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

-- The caller's seats in workspaces that are open to them: the one place that says what "a member" is to every policy and function. Who
-- asks is a subquery, so that it is found out once and the plan begins at their seats, whatever the statistics say.
create view private.memberships as
  select m.org_id, m.user_id, m.role_id
  from public.members m
  join public.organizations o on o.id = m.org_id
  join public.roles r on r.org_id = m.org_id and r.id = m.role_id
  where m.user_id = (select private.actor()) and m.status = 'active' and o.status = 'active'
    and m.org_id = coalesce((select private.viewed_org()), m.org_id)
    -- Most workspaces demand nothing; that the session still lives is checked per request, before this (private.check_request).
    and (not (o.second_factor_required or r.second_factor_required) and o.session_hours is null
      or private.session_satisfies(o.second_factor_required or r.second_factor_required, o.session_hours));
comment on view private.memberships is
  'Active membership of the caller in active workspaces, where the session meets what workspace and role demand of it.';

-- The seats in those workspaces, found without asking for rights on each. As for every table of a workspace (20261123001900_strangers.sql), the note of the
-- request's workspaces comes first; CASE keeps that order. An array of rights rather than a subquery, or the planner would hold CASE to be cheaper than to compare
-- people, and ask for rights on the caller's own seats where it reads all of a small table.
create view private.colleague_seats as
  select m.user_id
  from public.members m
  where case
    when array_position((select coalesce(nullif(current_setting('crm.orgs', true), '')::uuid[], private.known_orgs())), m.org_id) is not null
    then m.org_id = any (array(select private.my_orgs()))
  end;
comment on view private.colleague_seats is 'Who is a member, active or not, of a workspace of the caller: a row for each seat.';
-- For the policies on people and their photos; it tells nothing that public.members does not.
grant select on private.colleague_seats to authenticated;

-- Who asks, as noted with the workspaces: read where a call of private.actor would tell that there is a row. It narrows like them; what it lets pass asks the caller.
create view private.noted_actor as
  select coalesce(nullif(current_setting('crm.actor', true), '')::uuid, private.actor()) as id;
comment on view private.noted_actor is 'On whose behalf this request runs, as noted for it, or looked up.';
grant select on private.noted_actor to authenticated;

-- Asked row by row: a set of all colleagues would be made because there is a profile, which tells of it, and one of thousands as an array would be sorted
-- anew for every row of a join (docs/decisions/021). offset 0 keeps the planner from making the set.
create policy "people read themselves and their colleagues" on public.profiles for select to authenticated
  using (
    case
      when id = (select a.id from private.noted_actor a) then id = (select private.actor())
      else exists (select from private.colleague_seats s where s.user_id = profiles.id offset 0)
    end);

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
  return not exists (select from public.roles r where r.id = giver and r.key = 'admin')
    and (
      exists (select from public.roles r where r.id = given and r.key = 'admin')
      or exists (
        select from public.role_permissions p
        where p.role_id = given and p.resource in ('members', 'roles', 'teams', 'organizations')
          and not exists (
            select from public.role_permissions held
            where held.org_id = p.org_id and held.role_id = giver and held.resource = p.resource and held.action = p.action)));
end
$$;
comment on function private.role_exceeds(uuid, uuid) is
  'Whether a role is admin, or holds a right over members, roles, teams or the workspace that its giver''s role lacks. For an admin no role does.';

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
comment on function private.kept_roles() is 'Roles of the caller''s workspaces that they may neither give to somebody nor take from them.';
grant execute on function private.kept_roles() to authenticated;

create function public.may_give(role public.roles) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return role.id not in (select private.kept_roles());
end
$$;
comment on function public.may_give(public.roles) is
  'A computed field of roles: whether it is within the caller''s own rights over people, so that they may give it and take it away if they look after members.';
grant execute on function public.may_give(public.roles) to authenticated;

create policy "admins add their staff" on public.members for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('members', 'create', 'all')))
    and user_id in (select private.my_staff())
    and role_id <> all (array(select private.kept_roles())));
create policy "admins edit members" on public.members for update to authenticated
  using (
    org_id = any (array(select private.orgs_where('members', 'update', 'all')))
    and role_id <> all (array(select private.kept_roles()))
    and (org_id = any (array(select private.admin_orgs())) or user_id <> (select private.actor())))
  -- Whose seat it is, and where, never changes: only the role can.
  with check (role_id <> all (array(select private.kept_roles())));
create policy "admins remove members, and anybody may leave" on public.members for delete to authenticated
  using (
    user_id = (select private.actor())
    or (
      org_id = any (array(select private.orgs_where('members', 'delete', 'all')))
      and role_id <> all (array(select private.kept_roles()))));

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

create function public.my_access(org uuid) returns table (resource text, action text, scope text)
language sql stable security definer set search_path = ''
as $$
  select p.resource, p.action, p.scope
  from private.memberships m
  join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
  -- No equality, or the plan would begin at the workspace, which is there or not.
  where m.org_id = any (array[my_access.org])
  order by p.resource, p.action
$$;
comment on function public.my_access(uuid) is 'The caller''s own rights in a workspace, so that the app can hide what would be refused.';
grant execute on function public.my_access(uuid) to authenticated, service_role;
