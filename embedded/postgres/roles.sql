-- The roles of a Supabase project, made once per server and idempotent. Run as supabase_admin, the only superuser.
-- Passwords are set by the caller: they are not text for a file.

do $$
declare
	wanted record;
begin
	for wanted in
		select * from (values
			('postgres', 'login createdb createrole replication bypassrls'),
			('anon', 'nologin noinherit'),
			('authenticated', 'nologin noinherit'),
			('service_role', 'nologin noinherit bypassrls'),
			('authenticator', 'login noinherit'),
			('dashboard_user', 'nologin createdb createrole replication'),
			('supabase_auth_admin', 'login noinherit createrole'),
			('supabase_storage_admin', 'login noinherit createrole'),
			('supabase_realtime_admin', 'nologin noinherit')
		) as roles (name, attributes)
	loop
		if not exists (select from pg_roles where rolname = wanted.name) then
			execute format('create role %I %s', wanted.name, wanted.attributes);
		end if;
	end loop;
end
$$;

-- PostgREST logs in as authenticator and becomes one of these for each request.
grant anon, authenticated, service_role to authenticator;

-- Migrations run as postgres, which is no superuser here as it is none on hosted Supabase. The admin
-- option is what lets it `alter role authenticator set pgrst.…`.
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant supabase_realtime_admin to postgres;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

-- Hosted limits: a request of an API role that runs away is stopped.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;

-- PostgREST reads these from the settings of authenticator; hosted lets postgres set them.
do $$
declare
	setting text;
begin
	foreach setting in array array[
		'pgrst.db_schemas', 'pgrst.db_extra_search_path', 'pgrst.db_max_rows', 'pgrst.db_pre_request',
		'pgrst.db_aggregates_enabled', 'pgrst.db_plan_enabled', 'pgrst.db_tx_end', 'pgrst.jwt_secret'
	] loop
		execute format('grant set on parameter %s to postgres', setting);
	end loop;
end
$$;
