-- Where a person is signed in, and the way to end that. Auth has no endpoint for it: the rows are in auth.sessions, which the API does not reach, so two
-- functions show a person their own. A session that ends cannot be refreshed; its access token is good for REST until it expires.

create function private.check_session() returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  level text;
begin
  -- The row, not the token: a token outlives its session, and still says aal2 when the factor is gone.
  select coalesce(s.aal::text, 'aal1') into level
  from auth.sessions s
  join auth.users u on u.id = s.user_id
  where s.user_id = private.actor() and s.id::text = auth.jwt() ->> 'session_id'
    and (s.not_after is null or s.not_after > now()) and (u.banned_until is null or u.banned_until <= now());
  if level is null then
    raise exception 'This session has ended. Sign in again.' using errcode = '42501', hint = 'session_not_found';
  end if;
  -- A stolen password must not be enough to see where somebody is, or to sign them out there.
  if level = 'aal1' and exists (select from auth.mfa_factors f where f.user_id = private.actor() and f.status = 'verified') then
    raise exception 'Confirm your second factor first.' using errcode = '42501', hint = 'insufficient_aal';
  end if;
end
$$;
comment on function private.check_session() is 'Refuses a session that has ended, and one that has not used the second factor its person has.';

create function public.list_sessions()
returns table (
  id uuid, created_at timestamptz, last_active_at timestamptz, user_agent text, ip text, aal text, is_current boolean
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.check_session();
  return query
    select s.id, s.created_at, greatest(s.refreshed_at at time zone 'utc', s.created_at), s.user_agent, host(s.ip), coalesce(s.aal::text, 'aal1'),
      s.id::text = coalesce(auth.jwt() ->> 'session_id', '')
    from auth.sessions s
    where s.user_id = private.actor() and (s.not_after is null or s.not_after > now())
    order by 3 desc, s.id;
end
$$;
comment on function public.list_sessions() is
  'Where the caller is signed in, the last active first. user_agent and ip are what the last refresh said of itself.';
grant execute on function public.list_sessions() to authenticated;

create function public.revoke_session(session_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := private.actor();
  ended integer;
begin
  perform private.check_session();
  delete from auth.sessions s where s.id = revoke_session.session_id and s.user_id = me;
  get diagnostics ended = row_count;
  return ended > 0;
end
$$;
comment on function public.revoke_session(uuid) is 'Signs the caller out of one of their sessions; false when it is not theirs or has ended.';
grant execute on function public.revoke_session(uuid) to authenticated;
