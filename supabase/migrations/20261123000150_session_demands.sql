-- What a session is worth: alive, young enough, with a second factor. The row in auth.sessions says it, never the token, which outlives it.

create table private.recovered_sessions (
  session_id uuid primary key references auth.sessions (id) on delete cascade,
  created_at timestamptz not null default now()
);
comment on table private.recovered_sessions is 'Sessions that used a recovery code in place of the second factor: as good as aal2 for workspaces.';

create function private.viewed_org() returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
declare
  claims constant text := current_setting('request.jwt.claims', true);
begin
  -- Every right asks this, and hardly any request is a view: to look for the word takes a tenth of the time of reading the claims.
  if strpos(claims, '"view_org"') = 0 then
    return null;
  end if;
  return (nullif(claims, '')::jsonb ->> 'view_org')::uuid;
end
$$;
comment on function private.viewed_org() is 'The one workspace this request may see, while its sender views the app as somebody else; else null.';
grant execute on function private.viewed_org() to authenticated;

create function private.session_satisfies(second_factor boolean, max_hours int) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  satisfied boolean;
begin
  -- Tokens that belong to no session (made by an operator with the project's key) cannot meet a demand, nor end.
  if claims ->> 'session_id' is null then
    return not second_factor and max_hours is null;
  end if;
  select (max_hours is null or s.created_at > now() - make_interval(hours => max_hours))
    and (
      s.aal = 'aal2'
      -- Whose view it is has met the demand when it began.
      or claims ? 'view_org'
      -- Whoever has a second factor is asked for it everywhere: a stolen password opens nothing.
      or (not second_factor and not exists (
        select from auth.mfa_factors f where f.user_id = s.user_id and f.status = 'verified'))
      or exists (select from private.recovered_sessions r where r.session_id = s.id))
  into satisfied
  from auth.sessions s
  where s.id = (claims ->> 'session_id')::uuid and (s.not_after is null or s.not_after > now());
  return coalesce(satisfied, false);
end
$$;
comment on function private.session_satisfies(boolean, int) is
  'Whether the caller''s session lives, is at most so many hours old (null: any) and has used a second factor or a recovery code, if that is asked for or the person has one.';

create function private.session_lives() returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  return claims ->> 'session_id' is null or exists (
    select from auth.sessions s
    where s.id = (claims ->> 'session_id')::uuid and (s.not_after is null or s.not_after > now()));
end
$$;
comment on function private.session_lives() is 'Whether the caller''s session has not ended, whatever it may do. True for tokens without one.';
grant execute on function private.session_satisfies(boolean, int) to authenticated;
