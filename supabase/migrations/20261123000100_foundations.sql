-- What every later file stands on: nothing is granted unless written, and the few functions that columns of every table use.

-- Postgres lets everyone execute a new function. Here nobody may until a grant says so.
alter default privileges for role postgres revoke execute on functions from public;
-- Hosted projects made before November 2026 grant everything new in public to the API roles; nothing here relies on it.
alter default privileges for role postgres in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges for role postgres in schema public revoke all on sequences from anon, authenticated, service_role;

comment on schema public is 'The API: every table has row-level security and explicit grants.';

create schema private;
comment on schema private is 'What the API never sees: access functions, triggers, column defaults.';
grant usage on schema private to anon, authenticated, service_role;

create extension if not exists pg_trgm with schema extensions;
create extension if not exists btree_gin with schema extensions;

-- Who acts. Every policy, column default and history row asks this and nothing else (docs/decisions/004).
create function private.actor() returns uuid
language plpgsql stable security invoker set search_path = ''
as $$
declare
  claims constant jsonb := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
begin
  -- A realtime token names its user under another claim, so that Auth takes it for nobody's; a request that views the app as
  -- somebody else is that person's, whoever's token it carries (private.check_request).
  return (claims ->> case when claims ->> 'use' in ('realtime', 'view') then 'actor' else 'sub' end)::uuid;
end
$$;
comment on function private.actor() is 'The user on whose behalf this statement runs; null for jobs and the service key.';
grant execute on function private.actor() to authenticated, service_role;

-- UUID version 7 (RFC 9562): 48 bits of milliseconds, the version, the millisecond's fraction in 12 bits (method 3), and what
-- a random UUID has from its variant on.
create function private.uuid_v7() returns uuid
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  micros constant bigint := (date_part('epoch', clock_timestamp()) * 1000000)::bigint;
begin
  return (lpad(to_hex(micros / 1000), 12, '0') || to_hex(28672 | (micros % 1000 * 4096 / 1000)) || substr(gen_random_uuid()::text, 20))::uuid;
end
$$;
comment on function private.uuid_v7() is 'A new key that sorts by time of creation.';
grant execute on function private.uuid_v7() to authenticated, service_role;

-- ISO 4217 as of 2026, money in use only (no metals, no testing codes).
create function private.is_currency(code text) returns boolean
language plpgsql immutable parallel safe security invoker set search_path = ''
as $$
begin
  return code in (
    'AED', 'AFN', 'ALL', 'AMD', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT', 'BHD', 'BIF', 'BMD', 'BND', 'BOB',
    'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHF', 'CLP', 'CNY', 'COP', 'CRC', 'CUP', 'CVE', 'CZK', 'DJF',
    'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB', 'EUR', 'FJD', 'FKP', 'GBP', 'GEL', 'GHS', 'GIP', 'GMD', 'GNF', 'GTQ', 'GYD',
    'HKD', 'HNL', 'HTG', 'HUF', 'IDR', 'ILS', 'INR', 'IQD', 'IRR', 'ISK', 'JMD', 'JOD', 'JPY', 'KES', 'KGS', 'KHR', 'KMF',
    'KPW', 'KRW', 'KWD', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'LYD', 'MAD', 'MDL', 'MGA', 'MKD', 'MMK', 'MNT',
    'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MYR', 'MZN', 'NAD', 'NGN', 'NIO', 'NOK', 'NPR', 'NZD', 'OMR', 'PAB', 'PEN',
    'PGK', 'PHP', 'PKR', 'PLN', 'PYG', 'QAR', 'RON', 'RSD', 'RUB', 'RWF', 'SAR', 'SBD', 'SCR', 'SDG', 'SEK', 'SGD', 'SHP',
    'SLE', 'SOS', 'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS', 'TMT', 'TND', 'TOP', 'TRY', 'TTD', 'TWD', 'TZS',
    'UAH', 'UGX', 'USD', 'UYU', 'UZS', 'VED', 'VES', 'VND', 'VUV', 'WST', 'XAF', 'XCD', 'XCG', 'XOF', 'XPF', 'YER', 'ZAR',
    'ZMW', 'ZWG'
  );
end
$$;
comment on function private.is_currency(text) is 'Whether a code is a currency that amounts may be in.';
grant execute on function private.is_currency(text) to authenticated, service_role;

-- Clients have no grant on version: whatever they send, every change counts exactly one up.
create function private.touch() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end
$$;
comment on function private.touch() is 'Keeps version and updated_at, before every update.';
