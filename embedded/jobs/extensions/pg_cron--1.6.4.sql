-- Stands in for pg_cron 1.6 (https://github.com/citusdata/pg_cron): the same tables, functions, rights and messages as on hosted
-- Supabase. What is due is run by embedded/jobs, which listens on the channel embedded_jobs.
--
-- Runs as the superuser, whoever creates the extension: every name in it is qualified.

create schema cron;
grant usage on schema cron to postgres with grant option;

-- Jobs ----------------------------------------------------------------------------------------------------

create sequence cron.jobid_seq;
-- Jobs are inserted with the rights of their user, through cron.own_job.
grant select, usage on sequence cron.jobid_seq to public;

create table cron.job (
	jobid bigint primary key default pg_catalog.nextval('cron.jobid_seq'),
	schedule text not null,
	command text not null,
	nodename text not null default 'localhost',
	nodeport int not null default pg_catalog.inet_server_port(),
	database text not null default pg_catalog.current_database(),
	username text not null default current_user,
	active boolean not null default true,
	jobname text,
	constraint jobname_username_uniq unique (jobname, username)
);

alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username operator(pg_catalog.=) current_user);
grant select on table cron.job to public;
-- Written through the functions only: whoever could name another user in a row would run as that user.
grant select on table cron.job to postgres with grant option;

-- What a user may write: rows that carry the user's own name. The functions below run with the rights of their caller, and this
-- view is how they reach the table; `current_user` in it is the caller.
create view cron.own_job with (security_barrier = true) as
	select jobid, schedule, command, database, username, active, jobname
	from cron.job
	where username operator(pg_catalog.=) current_user
	with cascaded check option;
grant select, insert, update, delete on cron.own_job to public;

create function cron.job_cache_invalidate() returns trigger
language plpgsql set search_path = ''
as $$
begin
	perform pg_catalog.pg_notify('embedded_jobs', 'cron');
	return null;
end
$$;

create trigger cron_job_cache_invalidate
	after insert or update or delete or truncate on cron.job
	for statement execute function cron.job_cache_invalidate();

-- Runs ----------------------------------------------------------------------------------------------------

create sequence cron.runid_seq;
grant select on sequence cron.runid_seq to public;

create table cron.job_run_details (
	jobid bigint,
	runid bigint primary key default pg_catalog.nextval('cron.runid_seq'),
	job_pid integer,
	database text,
	username text,
	command text,
	status text,
	return_message text,
	start_time timestamptz,
	end_time timestamptz
);

alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username operator(pg_catalog.=) current_user);
grant select, delete on table cron.job_run_details to public;
grant all on table cron.job_run_details to postgres with grant option;

-- Schedules -----------------------------------------------------------------------------------------------

-- One field of a schedule, as Vixie's cron reads it: a list of `*`, values and ranges, `/step` after `*` or a range, names where
-- there are any. Null when it is not one. What follows a complete element is skipped, as cron skips it.
create function cron._field(token text, low int, high int, names text[] default '{}') returns int[]
language plpgsql immutable strict set search_path = ''
as $$
declare
	rest text := token;
	part text[];
	bounds int[];
	word text;
	value int;
	step int;
	chosen int[] := '{}';
begin
	loop
		part := pg_catalog.regexp_match(rest, '^(?:(\*)|([[:alnum:]]+)(?:-([[:alnum:]]+))?)(?:/(\d{1,4}))?(.*)$');
		if part is null or part[5] like '/%' or part[1] is null and part[5] like '-%' then
			return null;
		end if;
		if part[1] is not null then
			bounds := array[low, high];
		else
			-- A step needs something to step through.
			if part[3] is null and part[4] is not null then
				return null;
			end if;
			bounds := '{}';
			foreach word in array array[part[2], coalesce(part[3], part[2])] loop
				value := low + pg_catalog.array_position(names, pg_catalog.lower(word)) - 1;
				if value is null and word ~ '^\d{1,4}$' then
					value := word::int;
				end if;
				if value is null or value < low or value > high then
					return null;
				end if;
				bounds := bounds || value;
			end loop;
		end if;
		step := coalesce(part[4], '1')::int;
		if step < 1 or step > high or bounds[1] > bounds[2] then
			return null;
		end if;
		chosen := chosen || array(select pg_catalog.generate_series(bounds[1], bounds[2], step));
		if part[5] not like ',%' then
			return chosen;
		end if;
		rest := pg_catalog.substr(part[5], 2);
	end loop;
end
$$;

-- A schedule taken apart, null when it is not one. `wild` marks those that a jump of the clock does not catch up on; `bothDays`
-- those whose day of the month and day of the week must both fit, where else one of them is enough.
create function cron._parse_schedule(schedule text) returns jsonb
language plpgsql immutable strict set search_path = ''
as $$
declare
	token text[] := pg_catalog.regexp_split_to_array(pg_catalog.btrim(schedule, E' \t\n'), '[ \t]+');
	minute int[];
	hour int[];
	dom int[];
	month int[];
	dow int[];
	seconds text[];
begin
	if pg_catalog.length(schedule) >= 1000 then
		return null;
	end if;
	if token[1] in ('@reboot', '@restart') then
		return '{"reboot": true}';
	elsif token[1] like '@%' then
		token := case token[1]
			when '@hourly' then '{0,*,*,*,*}'
			when '@daily' then '{0,0,*,*,*}'
			when '@midnight' then '{0,0,*,*,*}'
			when '@weekly' then '{0,0,*,*,0}'
			when '@monthly' then '{0,0,1,*,*}'
			-- pg_cron accepts these and, by a slip, gives them no month: they never run.
			when '@yearly' then '{0,0,1,"",*}'
			when '@annually' then '{0,0,1,"",*}'
		end::text[];
	end if;
	minute := cron._field(token[1], 0, 59);
	hour := cron._field(token[2], 0, 23);
	dom := case when token[3] = '$' then '{}' else cron._field(token[3], 1, 31) end;
	month := case
		when token[4] = '' then '{}'
		else cron._field(token[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
	end;
	dow := cron._field(token[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat}');
	if minute is not null and hour is not null and dom is not null and month is not null and dow is not null then
		return pg_catalog.jsonb_build_object(
			'minute', minute, 'hour', hour, 'dom', dom, 'month', month,
			'dow', array(select distinct day % 7 from pg_catalog.unnest(dow) as day),
			'lastDay', token[3] = '$',
			'bothDays', token[3] like '*%' or token[5] like '*%',
			'wild', token[1] like '*%' or token[2] like '*%'
		);
	end if;
	seconds := pg_catalog.regexp_match(schedule, '^\s*(\d{1,4})\s*second(?:s\s*)?$', 'i');
	if seconds[1]::int between 1 and 59 then
		return pg_catalog.jsonb_build_object('seconds', seconds[1]::int);
	end if;
	return null;
end
$$;

create function cron._check_schedule(schedule text) returns void
language plpgsql immutable set search_path = ''
as $$
begin
	if cron._parse_schedule(schedule) is null then
		raise exception using
			errcode = '22023',
			message = 'invalid schedule: ' || schedule,
			hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
	end if;
end
$$;

-- What users call -----------------------------------------------------------------------------------------
-- All run with the rights of their caller: inside a `security definer` function nobody could tell who that is.

create function cron._caller_is_superuser() returns boolean language sql stable set search_path = ''
as $$ select rolsuper from pg_catalog.pg_roles where rolname = current_user $$;

create function cron._check_login(username text) returns void
language plpgsql stable set search_path = ''
as $$
declare
	can_login boolean := (select rolcanlogin from pg_catalog.pg_roles where rolname = username);
begin
	if can_login is null then
		raise exception 'role "%" does not exist', username;
	elsif not can_login then
		raise exception 'role "%" can not log in', username
			using detail = 'Jobs may only be run by roles that have the LOGIN attribute.';
	end if;
end
$$;

create function cron._check_connect(username text, database text) returns void
language plpgsql stable set search_path = ''
as $$
begin
	if not pg_catalog.has_database_privilege(username::name, database, 'connect') then
		raise exception 'User % does not have CONNECT privilege on %', username, database using errcode = 'XX000';
	end if;
end
$$;

create function cron._schedule(job_name text, schedule text, command text, database text, username text, active boolean) returns bigint
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	owner text := current_user;
	target text := coalesce(database, pg_catalog.current_database());
	id bigint;
begin
	if schedule is null then
		raise exception 'schedule can not be NULL';
	elsif command is null then
		raise exception 'command can not be NULL';
	end if;
	perform cron._check_schedule(schedule);
	if username is not null then
		if not cron._caller_is_superuser() then
			raise exception 'must be superuser to create a job for another role' using errcode = 'XX000';
		end if;
		perform cron._check_login(username);
		owner := username;
	end if;
	perform cron._check_connect(owner, target);
	if owner operator(pg_catalog.<>) current_user then
		insert into cron.job (schedule, command, database, username, active, jobname)
		values (_schedule.schedule, _schedule.command, target, owner, _schedule.active, job_name)
		on conflict (jobname, username) do update
			set schedule = excluded.schedule, command = excluded.command, database = excluded.database
		returning jobid into id;
	else
		insert into cron.own_job (schedule, command, database, username, active, jobname)
		values (_schedule.schedule, _schedule.command, target, owner, _schedule.active, job_name)
		on conflict (jobname, username) do update
			set schedule = excluded.schedule, command = excluded.command, database = excluded.database
		returning jobid into id;
	end if;
	return id;
end
$$;

create function cron.schedule(schedule text, command text) returns bigint
language sql strict set search_path = ''
as $$ select cron._schedule(null, schedule, command, null, null, true) $$;

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language plpgsql set search_path = ''
as $$
begin
	if job_name is null then
		raise exception 'job_name can not be NULL';
	end if;
	return cron._schedule(job_name, schedule, command, null, null, true);
end
$$;

create function cron.schedule_in_database(
	job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint
language plpgsql set search_path = ''
as $$
begin
	if job_name is null then
		raise exception 'job_name can not be NULL';
	end if;
	return cron._schedule(job_name, schedule, command, database, username, coalesce(active, true));
end
$$;

create function cron.alter_job(
	job_id bigint,
	schedule text default null,
	command text default null,
	database text default null,
	username text default null,
	active boolean default null
) returns void
language plpgsql set search_path = ''
as $$
#variable_conflict use_column
declare
	is_superuser boolean := cron._caller_is_superuser();
begin
	if job_id is null then
		raise exception 'job_id can not be NULL';
	end if;
	if username is not null then
		if not is_superuser then
			raise exception 'must be superuser to alter username' using errcode = 'XX000';
		end if;
		perform cron._check_login(username);
	end if;
	if database is not null then
		perform cron._check_connect(coalesce(username, current_user), database);
	end if;
	if schedule is not null then
		perform cron._check_schedule(schedule);
	end if;
	if pg_catalog.num_nonnulls(schedule, command, database, username, active) = 0 then
		raise exception 'no updates specified'
			using hint = 'You must specify at least one job attribute to change when calling alter_job';
	end if;
	if is_superuser then
		update cron.job as j set
			schedule = coalesce(alter_job.schedule, j.schedule),
			command = coalesce(alter_job.command, j.command),
			database = coalesce(alter_job.database, j.database),
			username = coalesce(alter_job.username, j.username),
			active = coalesce(alter_job.active, j.active)
		where j.jobid = job_id;
	else
		update cron.own_job as j set
			schedule = coalesce(alter_job.schedule, j.schedule),
			command = coalesce(alter_job.command, j.command),
			database = coalesce(alter_job.database, j.database),
			active = coalesce(alter_job.active, j.active)
		where j.jobid = job_id;
	end if;
	if not found then
		raise exception 'Job % does not exist or you don''t own it', job_id using errcode = 'XX000';
	end if;
end
$$;

create function cron.unschedule(job_id bigint) returns boolean
language plpgsql strict set search_path = ''
as $$
begin
	delete from cron.own_job where jobid = job_id;
	if found then
		return true;
	end if;
	-- Another user's job may be removed by whoever may delete from the table.
	if pg_catalog.has_table_privilege('cron.job', 'delete') then
		delete from cron.job where jobid = job_id;
	end if;
	if not found then
		raise exception 'could not find valid entry for job %', job_id using errcode = 'XX000';
	end if;
	return true;
end
$$;

create function cron.unschedule(job_name text) returns boolean
language plpgsql strict set search_path = ''
as $$
begin
	delete from cron.own_job where jobname = job_name;
	if not found then
		raise exception 'could not find valid entry for job ''%''', job_name using errcode = 'XX000';
	end if;
	return true;
end
$$;

revoke all on function cron.alter_job(bigint, text, text, text, text, boolean) from public;
revoke all on function cron.schedule_in_database(text, text, text, text, text, boolean) from public;
grant all on all functions in schema cron to postgres with grant option;

alter default privileges for role supabase_admin in schema cron grant all on sequences to postgres with grant option;
alter default privileges for role supabase_admin in schema cron grant all on tables to postgres with grant option;
alter default privileges for role supabase_admin in schema cron grant all on functions to postgres with grant option;

-- What a dump of the database keeps.
select pg_catalog.pg_extension_config_dump('cron.job', '');
select pg_catalog.pg_extension_config_dump('cron.jobid_seq', '');
select pg_catalog.pg_extension_config_dump('cron.job_run_details', '');
select pg_catalog.pg_extension_config_dump('cron.runid_seq', '');

select pg_catalog.pg_notify('embedded_jobs', 'cron');
