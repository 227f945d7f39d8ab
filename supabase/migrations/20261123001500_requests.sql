-- What every REST request passes first, and seeing the app as somebody else (docs/decisions/018).

create table public.member_views (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  viewer_id uuid references public.profiles (id) on delete set null,
  member_id uuid references public.profiles (id) on delete set null,
  session_id uuid not null,
  reason text not null default '',
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '30 minutes',
  ended_at timestamptz,
  constraint member_views_org_id_id_key unique (org_id, id),
  constraint member_views_reason_length check (char_length(reason) <= 500)
);
comment on table public.member_views is 'Each time an admin saw the app as a member: who, whom, when. Written by functions only, never deleted before the workspace.';
create index member_views_org_idx on public.member_views (org_id, created_at desc);
create index member_views_viewer_idx on public.member_views (viewer_id, created_at);
create index member_views_member_idx on public.member_views (member_id);

alter table public.member_views enable row level security;

create policy "admins and the viewed read the log of views" on public.member_views for select to authenticated
  using (
    org_id = any (array(select private.admin_orgs()))
    or (member_id = (select private.actor()) and org_id = any (array(select private.my_orgs()))));

grant select (id, org_id, viewer_id, member_id, reason, created_at, expires_at, ended_at) on public.member_views to authenticated;
grant select, insert, update, delete on public.member_views to service_role;

create function public.begin_view_as(org uuid, member uuid, reason text default '') returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  made uuid;
begin
  if org not in (select private.admin_orgs()) or private.viewed_org() is not null or claims ->> 'session_id' is null then
    raise exception 'Only admins see the app as somebody else.' using errcode = '42501';
  end if;
  if member = private.actor() or not exists (
    select from public.members m where m.org_id = org and m.user_id = member and m.status = 'active') then
    raise exception 'There is no such other active member.' using errcode = 'P0001', hint = 'not_a_member';
  end if;
  -- Or the log could be filled until nobody finds a view in it; the lock keeps parallel requests from passing together.
  perform pg_advisory_xact_lock(hashtextextended('begin_view_as:' || private.actor(), 0));
  if (select count(*) from public.member_views v where v.viewer_id = private.actor() and v.created_at > now() - interval '1 hour') >= 30 then
    raise exception 'You have begun 30 views within an hour.' using errcode = 'P0001', hint = 'too_many_views';
  end if;
  insert into public.member_views (org_id, viewer_id, member_id, session_id, reason)
  values (org, private.actor(), member, (claims ->> 'session_id')::uuid, left(btrim(coalesce(begin_view_as.reason, '')), 500))
  returning id into made;
  return made;
end
$$;
comment on function public.begin_view_as(uuid, uuid, text) is
  'Begins to see a workspace as one of its members, for half an hour in this session. Requests that carry the answer in x-view-as see what they see, and change nothing.';
grant execute on function public.begin_view_as(uuid, uuid, text) to authenticated;

create function public.end_view_as(view uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := private.actor();
begin
  update public.member_views v set ended_at = now()
    where v.id = end_view_as.view and v.viewer_id = me and v.ended_at is null;
end
$$;
comment on function public.end_view_as(uuid) is 'Ends a view. Called without the header.';
grant execute on function public.end_view_as(uuid) to authenticated;

create function private.view_of(view_id text, claims jsonb) returns public.member_views
language plpgsql stable security definer set search_path = ''
as $$
declare
  found_one public.member_views;
begin
  select v.* into found_one
  from public.member_views v
  join public.members seat on seat.org_id = v.org_id and seat.user_id = v.viewer_id and seat.status = 'active'
  join public.roles r on r.org_id = seat.org_id and r.id = seat.role_id and r.key = 'admin'
  join public.organizations o on o.id = v.org_id and o.status = 'active'
  where v.id::text = view_id and v.viewer_id::text = claims ->> 'sub' and v.session_id::text = claims ->> 'session_id'
    and v.ended_at is null and v.expires_at > now()
    and private.session_satisfies(o.second_factor_required or r.second_factor_required, o.session_hours);
  return found_one;
end
$$;
comment on function private.view_of(text, jsonb) is 'The running view of that id, if these claims are its admin''s in the session that began it.';

create function private.check_request() returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  sent constant text := current_setting('request.headers', true);
  -- Most requests have neither header, and to read them all takes as long as to ask for a right.
  headers constant jsonb := case when strpos(sent, '"x-view-as"') > 0 or strpos(sent, '"prefer"') > 0 then sent::jsonb end;
  view_id constant text := headers ->> 'x-view-as';
  view public.member_views;
begin
  -- Tokens for the browser's realtime connection are readable by scripts: they open no data.
  if claims ->> 'use' in ('realtime', 'view') then
    raise sqlstate 'PT403' using message = 'This token is for realtime only.', hint = 'realtime_token';
  end if;
  -- Guesses come from the planner's statistics, which know the rows of every workspace: how many one has, how often a domain occurs.
  if headers ->> 'prefer' ~* 'count\s*=\s*"?(planned|estimated)' and current_setting('role', true) is distinct from 'service_role' then
    raise sqlstate 'PT400' using message = 'Counts are not guessed here. Ask for count=exact.', hint = 'count_exact_only';
  end if;
  -- A token outlives its session: signed out means signed out. And what a password alone opens, when there is a second factor, is the way
  -- to use it.
  if claims ->> 'session_id' is not null and not private.session_satisfies(false, null) then
    if not private.session_lives() then
      raise sqlstate 'PT401' using message = 'This session has ended. Sign in again.', hint = 'session_ended';
    elsif coalesce(current_setting('request.path', true), '') not in ('/rpc/my_workspaces', '/rpc/use_recovery_code') then
      raise sqlstate 'PT403' using message = 'Enter the code of your second factor first.', hint = 'second_factor';
    end if;
  end if;
  if view_id is not null then
    view := private.view_of(view_id, claims);
    if view.id is null then
      raise sqlstate 'PT403' using message = 'You no longer see the app as somebody else. Begin again.', hint = 'view_ended';
    end if;
    perform set_config('request.jwt.claims', (claims || jsonb_build_object(
      'use', 'view', 'actor', view.member_id, 'view_org', view.org_id))::text, true);
    perform set_config('transaction_read_only', 'on', true);
  end if;
  -- Functions that look for a row through policies note them first (docs/decisions/021); those that check access themselves have no use for it.
  if claims ->> 'sub' is not null and coalesce(current_setting('request.path', true), '') not like '/rpc/%' then
    perform private.remember_orgs();
  end if;
end
$$;
comment on function private.check_request() is
  'Refuses realtime tokens, tokens of ended sessions, sessions that owe a second factor, and guessed counts; lets an admin who views the app as a member read as them, and only read; notes the caller''s workspaces.';
grant execute on function private.check_request() to anon, authenticated, service_role;

create function public.who_am_i() returns table (actor uuid, view_org uuid)
language sql stable security invoker set search_path = ''
as $$ select private.actor(), private.viewed_org() $$;
comment on function public.who_am_i() is 'On whose behalf requests like this one run: the signed-in person, or the member they view the app as.';
grant execute on function public.who_am_i() to authenticated;

alter role authenticator set pgrst.db_pre_request = 'private.check_request';
notify pgrst, 'reload config';
notify pgrst, 'reload schema';
