-- What every database of a Supabase project has before the first migration: schemas, extensions, the auth
-- helpers, grants. Idempotent; run as supabase_admin on every start.

-- Schemas -------------------------------------------------------------------------------------------------

create schema if not exists extensions authorization postgres;
create schema if not exists auth authorization supabase_admin;
create schema if not exists realtime authorization supabase_admin;
create schema if not exists storage authorization supabase_admin;

grant usage on schema extensions to anon, authenticated, service_role, dashboard_user;
grant all on schema extensions to dashboard_user;

-- public is the API. The API roles may look into it; every table and function in it is granted by a
-- migration, because hosted Supabase grants nothing there by itself.
alter schema public owner to postgres;
revoke create on schema public from public;
grant usage on schema public to anon, authenticated, service_role;

grant all on schema auth to supabase_auth_admin, dashboard_user;
grant usage on schema auth to anon, authenticated, service_role, postgres;

grant all on schema storage to supabase_storage_admin, dashboard_user;
grant usage on schema storage to anon, authenticated, service_role, postgres;

grant all on schema realtime to supabase_realtime_admin;
grant usage on schema realtime to anon, authenticated, service_role, postgres;

-- Triggers on auth.users and foreign keys to it are a project's own business: postgres has every right on
-- the tables of auth short of owning them.
alter default privileges for role supabase_admin in schema auth grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema auth grant all on sequences to postgres, dashboard_user;
alter default privileges for role supabase_admin in schema auth grant all on routines to postgres, dashboard_user;
alter default privileges for role supabase_auth_admin in schema auth grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_auth_admin in schema auth grant all on sequences to postgres, dashboard_user;
alter default privileges for role supabase_auth_admin in schema auth grant all on routines to postgres, dashboard_user;

-- Extensions ----------------------------------------------------------------------------------------------

create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_stat_statements with schema extensions;
-- A stand-in, as pg_cron and pg_net are (embedded/jobs); those wait for a migration that asks for them, as on a hosted project.
create extension if not exists supabase_vault;

-- The caller of a request ----------------------------------------------------------------------------------
-- PostgREST puts the verified claims of the token into request.jwt.claims for the length of one transaction.

create or replace function auth.jwt() returns jsonb
language sql stable
as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')
	)::jsonb
$$;

create or replace function auth.uid() returns uuid
language sql stable
as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.sub', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
	)::uuid
$$;

create or replace function auth.role() returns text
language sql stable
as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.role', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
	)::text
$$;

create or replace function auth.email() returns text
language sql stable
as $$
	select coalesce(
		nullif(current_setting('request.jwt.claim.email', true), ''),
		nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
	)::text
$$;

alter function auth.jwt() owner to supabase_auth_admin;
alter function auth.uid() owner to supabase_auth_admin;
alter function auth.role() owner to supabase_auth_admin;
alter function auth.email() owner to supabase_auth_admin;
grant execute on function auth.jwt(), auth.uid(), auth.role(), auth.email() to anon, authenticated, service_role, postgres, dashboard_user;

-- The API learns of schema changes -------------------------------------------------------------------------

create or replace function extensions.pgrst_ddl_watch() returns event_trigger
language plpgsql
as $$
declare
	command record;
begin
	for command in select * from pg_event_trigger_ddl_commands() loop
		-- Temporary objects come and go without the API ever seeing them.
		if command.command_tag not in ('CREATE INDEX', 'ALTER INDEX', 'ANALYZE', 'REINDEX')
			and command.schema_name is distinct from 'pg_temp'
		then
			notify pgrst, 'reload schema';
			return;
		end if;
	end loop;
end
$$;

create or replace function extensions.pgrst_drop_watch() returns event_trigger
language plpgsql
as $$
begin
	if exists (select from pg_event_trigger_dropped_objects() where not is_temporary) then
		notify pgrst, 'reload schema';
	end if;
end
$$;

do $$
begin
	if not exists (select from pg_event_trigger where evtname = 'pgrst_ddl_watch') then
		create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
	end if;
	if not exists (select from pg_event_trigger where evtname = 'pgrst_drop_watch') then
		create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
	end if;
end
$$;
