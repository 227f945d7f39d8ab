-- Workspaces and people.

-- The access functions that policies ask -----------------------------------------------------------------------------------
-- All ask private.memberships (20261123000310_members.sql), which reads membership live and wants an active member of an active workspace
-- with the session that it demands. plpgsql keeps their plans per connection.

create function private.my_orgs() returns setof uuid
language plpgsql stable security definer set search_path = '' rows 3
as $$
begin
  return query
    select m.org_id from private.memberships m;
end
$$;
comment on function private.my_orgs() is 'Workspaces that are open to the caller.';
grant execute on function private.my_orgs() to authenticated;

create function private.remember_orgs() returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform set_config('crm.actor', private.actor()::text, true);
  perform set_config('crm.orgs', array(select m.org_id from private.memberships m)::text, true);
end
$$;
comment on function private.remember_orgs() is 'Notes the caller and the workspaces that are open to them, for the rest of the transaction.';
grant execute on function private.remember_orgs() to authenticated;

create function private.known_orgs() returns uuid[]
language plpgsql stable security invoker set search_path = ''
as $$
declare
  noted constant text := current_setting('crm.orgs', true);
begin
  if noted <> '' then
    return noted::uuid[];
  end if;
  return array(select private.my_orgs());
end
$$;
comment on function private.known_orgs() is 'The workspaces that are open to the caller: as noted for this request, or looked up.';
grant execute on function private.known_orgs() to authenticated;

create function private.orgs_where(on_resource text, may_do text, at_scope text) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 3
as $$
begin
  return query
    select m.org_id
    from private.memberships m
    join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
    where p.resource = on_resource and p.action = may_do
      and (at_scope = 'own' or p.scope = 'all' or p.scope = at_scope);
end
$$;
comment on function private.orgs_where(text, text, text) is
  'Workspaces in which the caller may do an action on a resource with at least the scope own, team or all.';
grant execute on function private.orgs_where(text, text, text) to authenticated;

create function private.readable_owners(on_resource text, may_do text)
returns table (org_id uuid, owner_id uuid)
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  mine record;
begin
  for mine in
    select m.org_id, m.user_id, p.scope
    from private.memberships m
    join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
    where p.resource = on_resource and p.action = may_do and p.scope in ('own', 'team')
  loop
    org_id := mine.org_id;
    owner_id := mine.user_id;
    return next;
    if mine.scope = 'team' then
      return query
        select mate.org_id, mate.user_id
        from public.team_members own_team
        join public.team_members mate on mate.org_id = own_team.org_id and mate.team_id = own_team.team_id
        where own_team.org_id = mine.org_id and own_team.user_id = mine.user_id and mate.user_id <> mine.user_id;
    end if;
  end loop;
end
$$;
comment on function private.readable_owners(text, text) is
  'Pairs (workspace, owner) whose records the caller reaches with scope own or team. Pairs, so that no teammate counts in another workspace; with two teams in common, a pair comes twice.';
grant execute on function private.readable_owners(text, text) to authenticated;

create function private.scope_of(org uuid, on_resource text, do_action text) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select p.scope
    from private.memberships m
    join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id
    where m.org_id = org and p.resource = on_resource and p.action = do_action
  );
end
$$;
comment on function private.scope_of(uuid, text, text) is 'The caller''s scope for one right in one workspace, null for none. For functions that check access themselves.';

-- Workspaces ---------------------------------------------------------------------------------------------------------------

-- Paths of the app that a workspace's address must not shadow.
create function private.is_reserved_slug(slug text) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select slug in (
    'account', 'admin', 'api', 'app', 'assets', 'auth', 'docs', 'favicon', 'health', 'healthz', 'help', 'import', 'invite', 'legal', 'login',
    'logout', 'metrics', 'new', 'privacy', 'recover', 'robots', 'settings', 'sign-in', 'sign-out', 'sign-up', 'static', 'status',
    'terms', 'unsubscribe', 'webhooks', 'welcome', 'well-known', 'www')
$$;
comment on function private.is_reserved_slug(text) is 'Whether an address belongs to the app itself.';
grant execute on function private.is_reserved_slug(text) to authenticated, service_role;

create table public.organizations (
  id uuid primary key default private.uuid_v7(),
  name text not null,
  slug text not null,
  currency text not null default 'USD',
  status text not null default 'active',
  owner_id uuid,
  second_factor_required boolean not null default false,
  session_hours int,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint organizations_slug_key unique (slug),
  constraint organizations_name_length check (char_length(btrim(name)) between 1 and 80 and char_length(name) <= 80),
  -- Names go into letters: a line break there begins another header or another sentence.
  constraint organizations_name_printable check (name !~ '[[:cntrl:]]'),
  constraint organizations_slug_format check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) between 2 and 48),
  constraint organizations_slug_free check (not private.is_reserved_slug(slug)),
  constraint organizations_currency_known check (private.is_currency(currency)),
  constraint organizations_status_known check (status in ('active', 'suspended')),
  constraint organizations_session_hours_range check (session_hours between 1 and 8760)
);
comment on table public.organizations is 'Workspaces. Everything else belongs to exactly one of them. The slug is its address in the app.';
comment on column public.organizations.owner_id is 'The admin whom no other admin can unmake. Handed over by transfer_workspace only.';
comment on column public.organizations.second_factor_required is 'Whether sessions without a second factor are kept out.';
comment on column public.organizations.session_hours is 'Sessions older than this are kept out; null for no limit.';
create index organizations_owner_idx on public.organizations (owner_id, id);

alter table public.organizations enable row level security;

create policy "members read their workspaces" on public.organizations for select to authenticated
  using (id = any (array(select private.my_orgs())));

create policy "admins edit their workspace" on public.organizations for update to authenticated
  using (id = any (array(select private.orgs_where('organizations', 'update', 'all'))));

-- Made by create_workspace only; ended by the operator.
grant select, update (name, currency, second_factor_required, session_hours) on public.organizations to authenticated;
grant select, insert, update, delete on public.organizations to service_role;

-- Who keeps others out must have what they demand, or would keep themselves out.
create function private.check_demands() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.actor() is null then
    return new;
  end if;
  if new.id not in (select private.orgs_where('organizations', 'manage', 'all')) then
    raise exception 'Your role does not allow you to change how people sign in to this workspace.' using errcode = '42501';
  end if;
  if not private.session_satisfies(new.second_factor_required and not old.second_factor_required, new.session_hours) then
    raise exception 'Your own session would not meet this. Sign in again with your second factor first.'
      using errcode = 'P0001', hint = 'would_lock_out';
  end if;
  return new;
end
$$;
comment on function private.check_demands() is 'Before a change of what a workspace demands of sessions.';
create trigger organizations_10_demands before update of second_factor_required, session_hours on public.organizations
  for each row when (old.second_factor_required <> new.second_factor_required or old.session_hours is distinct from new.session_hours)
  execute function private.check_demands();

create trigger organizations_90_touch before update on public.organizations
  for each row execute function private.touch();

-- People -------------------------------------------------------------------------------------------------------------------

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  full_name text not null default '',
  email text not null default '',
  title text,
  phone text,
  time_zone text,
  locale text,
  photo_path text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_title_length check (char_length(title) <= 120),
  constraint profiles_phone_length check (char_length(phone) <= 50),
  constraint profiles_time_zone_format check (time_zone ~ '^[A-Za-z0-9+_/-]+$' and char_length(time_zone) <= 64),
  constraint profiles_locale_format check (locale ~ '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' and char_length(locale) <= 35),
  constraint profiles_photo_path_format check (photo_path ~ ('^' || id::text || '/[A-Za-z0-9._-]+$') and char_length(photo_path) <= 120),
  constraint profiles_full_name_length check (char_length(full_name) <= 120),
  constraint profiles_full_name_printable check (full_name !~ '[[:cntrl:]]'),
  constraint profiles_email_length check (char_length(email) <= 320)
);
comment on table public.profiles is 'The person behind a sign-in, as colleagues see them. Made and kept with auth.users; belongs to no workspace.';
comment on column public.profiles.time_zone is 'An IANA name as browsers know it; null for that of the device.';
comment on column public.profiles.locale is 'A BCP 47 tag, for dates and numbers; null for the app''s own way.';
comment on column public.profiles.photo_path is 'An object of the bucket avatars.';

alter table public.profiles enable row level security;

-- Who reads profiles is said where there are members (20261123000310_members.sql).
create policy "people edit themselves" on public.profiles for update to authenticated
  using (id = (select private.actor()));

grant select, update (full_name, title, phone, time_zone, locale, photo_path) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;

create trigger profiles_90_touch before update on public.profiles
  for each row execute function private.touch();

create table public.preferences (
  user_id uuid primary key default private.actor() references public.profiles (id) on delete cascade,
  settings jsonb not null default '{}',
  updated_at timestamptz not null default now(),
  constraint preferences_settings_bounded check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 16384)
);
comment on table public.preferences is 'How a person wants the app: theme, start page, notices. Nobody else reads it.';

alter table public.preferences enable row level security;

create policy "people read their own preferences" on public.preferences for select to authenticated
  using (user_id = (select private.actor()) and (select private.viewed_org()) is null);
create policy "people set their own preferences" on public.preferences for insert to authenticated
  with check (user_id = (select private.actor()));
create policy "people change their own preferences" on public.preferences for update to authenticated
  using (user_id = (select private.actor()));

grant select, insert (settings), update (settings) on public.preferences to authenticated;
grant select, insert, update, delete on public.preferences to service_role;

-- Never refuses: a name that does not fit must not stop a sign-up.
create function private.keep_profile() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stated_name constant text := btrim(regexp_replace(coalesce(new.raw_user_meta_data ->> 'full_name', ''), '[[:cntrl:]]+', ' ', 'g'));
  address constant text := regexp_replace(coalesce(new.email, ''), '[[:cntrl:]]+', '', 'g');
begin
  insert into public.profiles (id, full_name, email)
  values (
    new.id,
    left(coalesce(nullif(stated_name, ''), split_part(address, '@', 1)), 120),
    left(coalesce(new.email, ''), 320)
  )
  on conflict (id) do update set email = excluded.email;
  return null;
end
$$;
comment on function private.keep_profile() is 'Makes the profile at sign-up and follows changes of the address.';

create trigger keep_profile after insert or update of email on auth.users
  for each row execute function private.keep_profile();
