-- Inviting people by e-mail. The letter carries a token; the table keeps its hash, so that reading the table invites nobody.

create table public.invitations (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  email text not null,
  role_id uuid not null,
  team_id uuid,
  token_hash text not null,
  status text not null default 'open',
  expires_at timestamptz not null,
  sent_at timestamptz not null default now(),
  times_sent int not null default 1,
  accepted_by uuid references public.profiles (id) on delete set null,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint invitations_org_id_id_key unique (org_id, id),
  constraint invitations_role_fkey foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade,
  constraint invitations_team_fkey foreign key (org_id, team_id) references public.teams (org_id, id) on delete set null (team_id),
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_email_format check (email ~ '^[^\s@]+@[^\s@]+$' and char_length(email) <= 320 and email = lower(email)),
  constraint invitations_status_known check (status in ('open', 'accepted', 'revoked'))
);
comment on table public.invitations is 'Invitations into a workspace. An open one past expires_at is over too. Written by functions only.';
create unique index invitations_one_open on public.invitations (org_id, email) where status = 'open';
create index invitations_role_idx on public.invitations (org_id, role_id);
create index invitations_team_idx on public.invitations (org_id, team_id);
create index invitations_accepted_by_idx on public.invitations (accepted_by);
create index invitations_created_by_idx on public.invitations (created_by, created_at);

alter table public.invitations enable row level security;

create policy "those who may add members read invitations" on public.invitations for select to authenticated
  using (org_id = any (array(select private.orgs_where('members', 'create', 'all'))));

grant select (id, org_id, email, role_id, team_id, status, expires_at, sent_at, times_sent, accepted_by, version, created_at, updated_at, created_by)
  on public.invitations to authenticated;
grant select, insert, update, delete on public.invitations to service_role;

create trigger invitations_90_touch before update on public.invitations
  for each row execute function private.touch();
create trigger invitations_80_inserted after insert on public.invitations
  referencing new table as changed_rows for each statement execute function private.announce_access();
create trigger invitations_80_updated after update on public.invitations
  referencing new table as changed_rows for each statement execute function private.announce_access();

-- An invitation that was left open would let a removed member come back by themselves.
create function private.end_invitations() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.invitations i set status = 'revoked'
  from changed_rows c
  join public.profiles p on p.id = c.user_id
  where i.org_id = c.org_id and i.email = lower(p.email) and i.status = 'open';
  return null;
end
$$;
comment on function private.end_invitations() is 'Revokes the open invitations of members who are removed or leave.';
create trigger members_85_invitations after delete on public.members
  referencing old table as changed_rows for each statement execute function private.end_invitations();

create function private.hash_token(token text) returns text
language sql immutable security invoker set search_path = ''
as $$ select encode(sha256(convert_to(token, 'UTF8')), 'hex') $$;
comment on function private.hash_token(text) is 'SHA-256 of a token in hex. Tokens are random, so no salt is needed.';

create function private.new_token() returns text
language sql volatile security invoker set search_path = ''
as $$ select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') $$;
comment on function private.new_token() is '244 random bits as 64 hex digits.';

create function private.may_invite(org uuid, role uuid, team uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return org in (select private.orgs_where('members', 'create', 'all'))
    and role not in (select private.kept_roles())
    and (team is null or org in (select private.orgs_where('teams', 'update', 'all')));
end
$$;
comment on function private.may_invite(uuid, uuid, uuid) is
  'Whether the caller may add members with this role, and put them into this team: only admins give roles with rights beyond the giver''s own.';

create function public.invite_members(org uuid, emails text[], role uuid, team uuid default null, days int default 7)
returns table (email text, outcome text, invitation_id uuid, token text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  address text;
  secret text;
  made uuid;
begin
  if not private.may_invite(org, role, team) then
    raise exception 'Your role does not allow you to invite people with this role or into this team.' using errcode = '42501';
  end if;
  if cardinality(emails) > 200 then
    raise exception 'At most 200 people at a time.' using errcode = '22023', hint = 'too_many_invitations';
  end if;
  if not exists (select from public.roles r where r.org_id = org and r.id = role) then
    perform private.refuse_reference('role', 'roles');
  end if;
  if team is not null and not exists (select from public.teams t where t.org_id = org and t.id = team) then
    perform private.refuse_reference('team', 'teams');
  end if;
  -- A stolen admin session must not turn the workspace into a sender of unwanted letters.
  perform pg_advisory_xact_lock(hashtextextended('invite_members:' || org, 0));
  if cardinality(emails) + (
    select count(*) from public.invitations i where i.org_id = org and i.created_at > now() - interval '1 day') > 1000 then
    raise exception 'A workspace invites at most 1000 people a day.' using errcode = 'P0001', hint = 'too_many_invitations';
  end if;
  -- Nor a person with many workspaces. The two locks are always taken in this order.
  perform pg_advisory_xact_lock(hashtextextended('invite_members:' || private.actor(), 0));
  if cardinality(emails) + (
    select count(*) from public.invitations i
    where i.created_by = private.actor() and i.created_at > now() - interval '1 day') > 1000 then
    raise exception 'You invite at most 1000 people a day.' using errcode = 'P0001', hint = 'too_many_invitations';
  end if;
  for address in select distinct lower(btrim(e)) from unnest(emails) e order by 1 loop
    email := address;
    invitation_id := null;
    token := null;
    if address !~ '^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$' or char_length(address) > 320 then
      outcome := 'not_an_address';
    elsif exists (
      select from public.members m join public.profiles p on p.id = m.user_id where m.org_id = org and lower(p.email) = address
    ) then
      outcome := 'already_member';
    elsif exists (select from public.invitations i where i.org_id = org and i.email = address and i.status = 'open' and i.expires_at > now()) then
      outcome := 'already_invited';
    else
      update public.invitations i set status = 'revoked' where i.org_id = org and i.email = address and i.status = 'open';
      secret := private.new_token();
      insert into public.invitations (org_id, email, role_id, team_id, token_hash, expires_at)
      values (org, address, role, team, private.hash_token(secret), now() + make_interval(days => least(greatest(coalesce(days, 7), 1), 30)))
      returning id into made;
      outcome := 'invited';
      invitation_id := made;
      token := secret;
    end if;
    return next;
  end loop;
end
$$;
comment on function public.invite_members(uuid, text[], uuid, uuid, int) is
  'Makes invitations. One row per address: invited (with the token for the letter, told this once), already_member, already_invited or not_an_address.';
grant execute on function public.invite_members(uuid, text[], uuid, uuid, int) to authenticated;

create function public.resend_invitation(invitation uuid) returns table (email text, token text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known constant uuid[] := private.known_orgs();
  found_one public.invitations;
  secret constant text := private.new_token();
begin
  select i.* into found_one from public.invitations i
    where i.id = invitation and i.org_id = any (known) and i.status = 'open' and private.may_invite(i.org_id, i.role_id, i.team_id) for update;
  if not found then
    perform private.refuse_reference('invitation', 'invitations');
  end if;
  if found_one.sent_at > now() - interval '1 minute' then
    raise exception 'This invitation was sent a moment ago. Wait a minute.' using errcode = 'P0001', hint = 'sent_just_now';
  end if;
  if found_one.times_sent >= 5 then
    raise exception 'This invitation was sent five times. Ask the person another way, or make a new one.'
      using errcode = 'P0001', hint = 'sent_often';
  end if;
  update public.invitations i
    set token_hash = private.hash_token(secret), sent_at = now(), times_sent = i.times_sent + 1,
      expires_at = greatest(i.expires_at, now() + interval '7 days')
    where i.id = invitation;
  return query select found_one.email, secret;
end
$$;
comment on function public.resend_invitation(uuid) is 'A new token for an open invitation, good for another week; the old letter''s link stops working.';
grant execute on function public.resend_invitation(uuid) to authenticated;

create function public.revoke_invitation(invitation uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known constant uuid[] := private.known_orgs();
begin
  update public.invitations i set status = 'revoked'
    where i.id = invitation and i.org_id = any (known) and i.status = 'open' and private.may_invite(i.org_id, i.role_id, i.team_id);
  if not found then
    perform private.refuse_reference('invitation', 'invitations');
  end if;
end
$$;
comment on function public.revoke_invitation(uuid) is 'Ends an open invitation.';
grant execute on function public.revoke_invitation(uuid) to authenticated;

create function public.read_invitation(token text)
returns table (email text, workspace text, role text, invited_by text, state text, has_account boolean)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select
      case when s.state = 'open' then i.email end,
      case when s.state = 'open' then o.name end,
      case when s.state = 'open' then r.name end,
      case when s.state = 'open' then coalesce(nullif(p.full_name, ''), p.email, '') end,
      s.state,
      case when s.state = 'open' then exists (select from auth.users u where lower(u.email) = i.email) end
    from public.invitations i
    join public.organizations o on o.id = i.org_id
    join public.roles r on r.org_id = i.org_id and r.id = i.role_id
    left join public.profiles p on p.id = i.created_by
    cross join lateral (
      select case when i.status = 'open' and (i.expires_at <= now() or o.status <> 'active') then 'expired' else i.status end as state
    ) s
    where i.token_hash = private.hash_token(read_invitation.token);
end
$$;
comment on function public.read_invitation(text) is 'What an invitation says to whoever holds its token; once used, expired or revoked, that alone. For the app''s server: it answers strangers.';
grant execute on function public.read_invitation(text) to service_role;

create function public.accept_invitation(token text) returns text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  person constant uuid := private.actor();
  found_one public.invitations;
  address text;
  workspace public.organizations;
  seat text;
begin
  if person is null or private.viewed_org() is not null then
    raise exception 'An invitation is accepted by a signed-in person.' using errcode = '42501';
  end if;
  select i.* into found_one from public.invitations i where i.token_hash = private.hash_token(accept_invitation.token) for update;
  if not found then
    raise exception 'This invitation does not exist, or a newer letter has replaced it.' using errcode = 'P0001', hint = 'invitation_unknown';
  end if;
  select lower(u.email) into address from auth.users u where u.id = person and u.email_confirmed_at is not null;
  if address is distinct from found_one.email then
    raise exception 'This invitation is for another e-mail address.' using errcode = 'P0001', hint = 'invitation_for_another';
  end if;
  select o.* into workspace from public.organizations o where o.id = found_one.org_id;
  select m.status into seat from public.members m where m.org_id = found_one.org_id and m.user_id = person;
  -- Who was suspended is not let in by a letter, nor told again where it leads.
  if workspace.status <> 'active' or seat <> 'active' then
    raise exception 'This invitation is over. Ask for a new one.' using errcode = 'P0001', hint = 'invitation_over';
  end if;
  -- A lost answer is asked for again.
  if found_one.status = 'accepted' and found_one.accepted_by = person and seat is not null then
    return workspace.slug;
  end if;
  if found_one.status <> 'open' or found_one.expires_at <= now() then
    raise exception 'This invitation is over. Ask for a new one.' using errcode = 'P0001', hint = 'invitation_over';
  end if;
  -- What its maker may no longer do, the invitation no longer does.
  if found_one.created_by is not null and not exists (
    select
    from public.members m
    join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = 'members' and p.action = 'create'
    where m.org_id = found_one.org_id and m.user_id = found_one.created_by and m.status = 'active'
      and not private.role_exceeds(found_one.role_id, m.role_id)
      and (found_one.team_id is null or exists (
        select from public.role_permissions t
        where t.org_id = m.org_id and t.role_id = m.role_id and t.resource = 'teams' and t.action = 'update'))
  ) then
    raise exception 'This invitation is over. Ask for a new one.' using errcode = 'P0001', hint = 'invitation_over';
  end if;
  insert into public.members (org_id, user_id, role_id) values (found_one.org_id, person, found_one.role_id)
    on conflict (org_id, user_id) do nothing;
  if found_one.team_id is not null then
    insert into public.team_members (org_id, team_id, user_id) values (found_one.org_id, found_one.team_id, person)
      on conflict do nothing;
  end if;
  update public.invitations i set status = 'accepted', accepted_by = person where i.id = found_one.id;
  return workspace.slug;
end
$$;
comment on function public.accept_invitation(text) is
  'Makes the caller a member, if the invitation is for their confirmed address. Returns the workspace''s address in the app.';
grant execute on function public.accept_invitation(text) to authenticated;
