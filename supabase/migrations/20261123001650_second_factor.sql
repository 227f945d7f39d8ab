-- Recovery codes: ten per person, hashed, each good once, in place of a lost authenticator. A code does not change the level that Auth
-- puts into tokens; it notes the session (private.recovered_sessions), which workspaces then take for a second factor.

create table private.recovery_codes (
  user_id uuid not null references auth.users (id) on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);
comment on table private.recovery_codes is 'SHA-256 of the recovery codes a person was shown last.';

create table private.recovery_tries (
  user_id uuid not null references auth.users (id) on delete cascade,
  tried_at timestamptz not null default now()
);
comment on table private.recovery_tries is 'Wrong recovery codes of the last hour.';
create index recovery_tries_idx on private.recovery_tries (user_id, tried_at);

create function private.normal_code(code text) returns text
language sql immutable security invoker set search_path = ''
as $$ select regexp_replace(lower(code), '[^0-9a-z]', '', 'g') $$;
comment on function private.normal_code(text) is 'A code without the hyphens, spaces and capitals people add.';

create function public.renew_recovery_codes() returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  code text;
begin
  perform private.check_session();
  if not private.session_satisfies(true, null) then
    raise exception 'Confirm your second factor first.' using errcode = '42501', hint = 'insufficient_aal';
  end if;
  perform from auth.users u where u.id = private.actor() for no key update;
  delete from private.recovery_codes c where c.user_id = private.actor();
  for n in 1..10 loop
    -- Some 49 random bits in ten letters and digits that cannot be mistaken for each other.
    select string_agg(substr('23456789abcdefghjkmnpqrstuvwxyz', get_byte(b.bytes, i) % 31 + 1, 1), '' order by i) into code
    from (select extensions.gen_random_bytes(10) as bytes) b, generate_series(0, 9) i;
    insert into private.recovery_codes (user_id, code_hash)
    values (private.actor(), private.hash_token(private.actor() || ':' || code));
    return next left(code, 5) || '-' || right(code, 5);
  end loop;
end
$$;
comment on function public.renew_recovery_codes() is 'Ten new recovery codes, shown this once; the former ones are void. Needs a session with a second factor.';
grant execute on function public.renew_recovery_codes() to authenticated;

create function public.count_recovery_codes() returns int
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select count(*) from private.recovery_codes c where c.user_id = private.actor() and c.used_at is null and private.viewed_org() is null);
end
$$;
comment on function public.count_recovery_codes() is 'How many of the caller''s recovery codes are unused.';
grant execute on function public.count_recovery_codes() to authenticated;

create function public.use_recovery_code(code text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  person constant uuid := private.actor();
begin
  if person is null or private.viewed_org() is not null or claims ->> 'session_id' is null or not private.session_lives() then
    raise exception 'Sign in first.' using errcode = '42501';
  end if;
  -- In place of a second factor, not in addition: without one there is nothing to recover.
  if not exists (select from auth.mfa_factors f where f.user_id = person and f.status = 'verified') then
    raise exception 'There is no second factor to recover.' using errcode = 'P0001', hint = 'no_factor';
  end if;
  -- One try at a time, or a hundred at once would be counted as one.
  perform from auth.users u where u.id = person for no key update;
  delete from private.recovery_tries t where t.user_id = person and t.tried_at < now() - interval '1 hour';
  if (select count(*) from private.recovery_tries t where t.user_id = person) >= 10 then
    raise exception 'Too many wrong codes. Try again in an hour.' using errcode = 'P0001', hint = 'too_many_tries';
  end if;
  update private.recovery_codes c set used_at = now()
    where c.user_id = person and c.used_at is null
      and c.code_hash = private.hash_token(person || ':' || private.normal_code(use_recovery_code.code));
  if not found then
    -- Told by an answer and not by an error, which would undo the note.
    insert into private.recovery_tries (user_id) values (person);
    return false;
  end if;
  insert into private.recovered_sessions (session_id) values ((claims ->> 'session_id')::uuid) on conflict do nothing;
  return true;
end
$$;
comment on function public.use_recovery_code(text) is
  'Uses up one recovery code: from then on this session counts as one with a second factor. False when the code is wrong or used.';
grant execute on function public.use_recovery_code(text) to authenticated;
