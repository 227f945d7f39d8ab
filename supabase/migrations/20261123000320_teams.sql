-- Teams: scope team reaches what teammates own (docs/decisions/001).

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
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));
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
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));
create policy "admins take members out of teams" on public.team_members for delete to authenticated
  using (org_id = any (array(select private.orgs_where('teams', 'update', 'all'))));

grant select, insert (org_id, team_id, user_id, is_lead), update (is_lead), delete on public.team_members to authenticated;
grant select, insert, update, delete on public.team_members to service_role;
