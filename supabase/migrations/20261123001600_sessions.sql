-- Where a person is signed in, and the way to end that. Auth has no endpoint for it: the rows are in auth.sessions, which the API does not reach, so two
-- functions show a person their own. A session that ends cannot be refreshed; its access token is good for REST until it expires.

create function private.check_second_factor() returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- A stolen password must not be enough to see where somebody is, or to sign them out there.
  if coalesce(auth.jwt() ->> 'aal', 'aal1') = 'aal1'
    and exists (select from auth.mfa_factors f where f.user_id = private.actor() and f.status = 'verified')
  then
    raise exception 'Confirm your second factor first.' using errcode = '42501', hint = 'insufficient_aal';
  end if;
end
$$;
comment on function private.check_second_factor() is 'Refuses a session that has not used the second factor its person has.';

create function public.list_sessions()
returns table (
  id uuid, created_at timestamptz, last_active_at timestamptz, user_agent text, ip text, aal text, is_current boolean
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.check_second_factor();
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
  ended integer;
begin
  perform private.check_second_factor();
  delete from auth.sessions s where s.id = revoke_session.session_id and s.user_id = private.actor();
  get diagnostics ended = row_count;
  return ended > 0;
end
$$;
comment on function public.revoke_session(uuid) is 'Signs the caller out of one of their sessions; false when it is not theirs or has ended.';
grant execute on function public.revoke_session(uuid) to authenticated;
