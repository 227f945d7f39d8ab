-- Failed sign-ins lock an address for a while, and a sign-in from a device not seen before is worth a letter. Asked by the app's server.

create table private.sign_in_failures (
  email_hash text not null,
  failed_at timestamptz not null default now()
);
comment on table private.sign_in_failures is 'Wrong passwords of the last day, by the hash of the address: known or not, so that a lock tells nothing.';
create index sign_in_failures_idx on private.sign_in_failures (email_hash, failed_at);
-- Every try sweeps what is older than a day: without this, a flood of tries would make each one read them all.
create index sign_in_failures_failed_at_idx on private.sign_in_failures (failed_at);

create function private.sign_in_locked_until(email text) returns timestamptz
language plpgsql stable security definer set search_path = ''
as $$
declare
  address constant text := private.hash_token(lower(btrim(sign_in_locked_until.email)));
  failures timestamptz[];
begin
  failures := array(
    select f.failed_at from private.sign_in_failures f
    where f.email_hash = address and f.failed_at > now() - interval '1 day' order by f.failed_at desc limit 30);
  -- Five in a row lock for a minute, ten for a quarter of an hour, twenty for an hour.
  return case
    when cardinality(failures) >= 20 and failures[1] + interval '1 hour' > now() then failures[1] + interval '1 hour'
    when cardinality(failures) >= 10 and failures[1] + interval '15 minutes' > now() then failures[1] + interval '15 minutes'
    when cardinality(failures) >= 5 and failures[1] + interval '1 minute' > now() then failures[1] + interval '1 minute'
  end;
end
$$;
comment on function private.sign_in_locked_until(text) is 'Until when sign-in with an address is locked after wrong passwords; null when it is not.';

create function public.begin_sign_in(email text) returns timestamptz
language plpgsql volatile security definer set search_path = ''
as $$
declare
  address constant text := private.hash_token(lower(btrim(begin_sign_in.email)));
  until timestamptz;
begin
  -- One at a time, and counted before the password is looked at: a hundred tries at once are a hundred.
  perform pg_advisory_xact_lock(hashtextextended('sign_in:' || address, 0));
  until := private.sign_in_locked_until(begin_sign_in.email);
  if until is null then
    delete from private.sign_in_failures f where f.failed_at < now() - interval '1 day';
    insert into private.sign_in_failures (email_hash) values (address);
  end if;
  return until;
end
$$;
comment on function public.begin_sign_in(text) is
  'Counts a try with an address as failed until end_sign_in says otherwise; or, when the address is locked, until when. For the app''s server.';
grant execute on function public.begin_sign_in(text) to service_role;

create function public.end_sign_in(email text, outcome text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  address constant text := private.hash_token(lower(btrim(end_sign_in.email)));
begin
  if outcome = 'right' then
    delete from private.sign_in_failures f where f.email_hash = address;
  elsif outcome = 'unknown' then
    delete from private.sign_in_failures f where f.ctid = (
      select newest.ctid from private.sign_in_failures newest
      where newest.email_hash = address order by newest.failed_at desc limit 1);
  elsif outcome <> 'wrong' then
    raise exception 'An outcome is right, wrong or unknown.' using errcode = '22023';
  end if;
end
$$;
comment on function public.end_sign_in(text, text) is
  'How a try ended: a right password forgets all wrong ones, unknown (Auth was away) forgets this try. For the app''s server.';
grant execute on function public.end_sign_in(text, text) to service_role;

create table private.known_devices (
  user_id uuid not null references auth.users (id) on delete cascade,
  device_hash text not null,
  last_seen_at timestamptz not null default now(),
  primary key (user_id, device_hash)
);
comment on table private.known_devices is 'Browsers a person has signed in from, by the hash of a random cookie.';

create function public.note_device(device text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  person constant uuid := private.actor();
  had_any boolean;
  seen boolean;
begin
  if person is null or private.viewed_org() is not null or char_length(coalesce(device, '')) < 16 then
    return false;
  end if;
  had_any := exists (select from private.known_devices d where d.user_id = person);
  insert into private.known_devices as d (user_id, device_hash)
    values (person, private.hash_token(person || ':' || note_device.device))
    on conflict (user_id, device_hash) do update set last_seen_at = now()
    returning d.xmax::text::bigint <> 0 into seen;
  -- The oldest go, so that nobody can fill the table.
  delete from private.known_devices d where d.user_id = person and d.device_hash in (
    select old.device_hash from private.known_devices old where old.user_id = person order by old.last_seen_at desc offset 50);
  return had_any and not seen;
end
$$;
comment on function public.note_device(text) is 'Remembers the caller''s browser by its random cookie; true when it is new and not the person''s first.';
grant execute on function public.note_device(text) to authenticated;
