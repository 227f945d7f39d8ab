-- Failed sign-ins lock an address for a while, and a sign-in from a device not seen before is worth a letter. Asked by the app's server.

create table private.known_devices (
  user_id uuid not null references auth.users (id) on delete cascade,
  device_hash text not null,
  last_seen_at timestamptz not null default now(),
  trusted_at timestamptz default now(),
  primary key (user_id, device_hash)
);
comment on table private.known_devices is 'Browsers a person has signed in from, by the hash of a random cookie.';
comment on column private.known_devices.trusted_at is
  'Since when strangers'' tries do not lock it out; null after a change of the password until the next sign-in from it.';

-- Asked by the app's server, which writes the letter: whoever could call it with a stolen password alone would make their browser known, and no letter would ever tell of it.
create function public.note_device(person uuid, device text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  had_any boolean;
  seen boolean;
begin
  if char_length(coalesce(device, '')) < 16 then
    return false;
  end if;
  had_any := exists (select from private.known_devices d where d.user_id = person);
  insert into private.known_devices as d (user_id, device_hash)
    values (person, private.hash_token(person || ':' || note_device.device))
    on conflict (user_id, device_hash) do update set last_seen_at = now(), trusted_at = coalesce(d.trusted_at, now())
    returning d.xmax::text::bigint <> 0 into seen;
  -- The oldest go, so that nobody can fill the table.
  delete from private.known_devices d where d.user_id = person and d.device_hash in (
    select old.device_hash from private.known_devices old where old.user_id = person order by old.last_seen_at desc offset 50);
  return had_any and not seen;
end
$$;
comment on function public.note_device(uuid, text) is
  'Remembers the browser that somebody has signed in from by its random cookie; true when it is new and not their first. For the app''s server.';
grant execute on function public.note_device(uuid, text) to service_role;

-- Whoever had the former password may have signed in from fifty browsers: none of them may go on guessing past the lock.
create function private.distrust_devices() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.known_devices d set trusted_at = null where d.user_id = new.id;
  return null;
end
$$;
comment on function private.distrust_devices() is 'After a change of the password no browser is trusted until its person has signed in there again.';

create trigger distrust_devices after update of encrypted_password on auth.users
  for each row when (old.encrypted_password is distinct from new.encrypted_password) execute function private.distrust_devices();

create table private.sign_in_failures (
  counter text not null,
  failed_at timestamptz not null default now()
);
comment on table private.sign_in_failures is 'Wrong passwords of the last day. Addresses are counted whether anybody has them or not, so that a lock tells nothing.';
comment on column private.sign_in_failures.counter is 'What private.sign_in_counter answers: an address, or one browser of the person who has it.';
create index sign_in_failures_idx on private.sign_in_failures (counter, failed_at);
-- Every try sweeps what is older than a day: without this, a flood of tries would make each one read them all.
create index sign_in_failures_failed_at_idx on private.sign_in_failures (failed_at);

-- Anybody can lock an address by guessing, and keep it locked. A browser that its person has signed in from is counted apart: strangers do not lock it out, and it
-- has no more guesses than they have. Its cookie is random, known to nobody else, and worth nothing for another account.
create function private.sign_in_counter(email text, device text) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  address constant text := lower(btrim(sign_in_counter.email));
  -- Of this trust: what was guessed wrongly before a new password is over with it.
  trusted_at constant timestamptz := (
    select d.trusted_at from auth.users u
    join private.known_devices d
      on d.user_id = u.id and d.device_hash = private.hash_token(u.id || ':' || coalesce(sign_in_counter.device, ''))
    where u.email = address and not u.is_sso_user);
begin
  return private.hash_token(address || coalesce(E'\n' || device || E'\n' || extract(epoch from trusted_at), ''));
end
$$;
comment on function private.sign_in_counter(text, text) is 'Under what a try with an address from a browser (its cookie, or null) is counted.';

create function private.sign_in_locked_until(counter text) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
  failures timestamptz[];
begin
  failures := array(
    select f.failed_at from private.sign_in_failures f
    where f.counter = sign_in_locked_until.counter and f.failed_at > now() - interval '1 day' order by f.failed_at desc limit 30);
  -- Five in a row lock for a minute, ten for a quarter of an hour, twenty for an hour.
  return case
    when cardinality(failures) >= 20 and failures[1] + interval '1 hour' > now() then failures[1] + interval '1 hour'
    when cardinality(failures) >= 10 and failures[1] + interval '15 minutes' > now() then failures[1] + interval '15 minutes'
    when cardinality(failures) >= 5 and failures[1] + interval '1 minute' > now() then failures[1] + interval '1 minute'
  end;
end
$$;
comment on function private.sign_in_locked_until(text) is 'Until when tries under a counter are locked after wrong passwords; null when they are not.';

create function public.begin_sign_in(email text, device text default null) returns timestamptz
language plpgsql volatile security definer set search_path = ''
as $$
declare
  counted_as constant text := private.sign_in_counter(email, device);
  until timestamptz;
begin
  -- One at a time, and counted before the password is looked at: a hundred tries at once are a hundred.
  perform pg_advisory_xact_lock(hashtextextended('sign_in:' || counted_as, 0));
  until := private.sign_in_locked_until(counted_as);
  if until is null then
    delete from private.sign_in_failures f where f.failed_at < now() - interval '1 day';
    insert into private.sign_in_failures (counter) values (counted_as);
  end if;
  return until;
end
$$;
comment on function public.begin_sign_in(text, text) is
  'Counts a try with an address, from a browser that shows this cookie, as failed until end_sign_in says otherwise; or, when it is locked, until when. For the app''s server.';
grant execute on function public.begin_sign_in(text, text) to service_role;

create function public.end_sign_in(email text, outcome text, device text default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  counted_as constant text := private.sign_in_counter(email, device);
begin
  if outcome = 'right' then
    delete from private.sign_in_failures f where f.counter = counted_as;
  elsif outcome = 'unknown' then
    delete from private.sign_in_failures f where f.ctid = (
      select newest.ctid from private.sign_in_failures newest
      where newest.counter = counted_as order by newest.failed_at desc limit 1);
  elsif outcome <> 'wrong' then
    raise exception 'An outcome is right, wrong or unknown.' using errcode = '22023';
  end if;
end
$$;
comment on function public.end_sign_in(text, text, text) is
  'How a try ended: a right password forgets the wrong ones counted with it, unknown (Auth was away) forgets this try. For the app''s server.';
grant execute on function public.end_sign_in(text, text, text) to service_role;
