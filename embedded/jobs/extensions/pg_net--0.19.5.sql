-- Stands in for pg_net 0.19 (https://github.com/supabase/pg_net): the same tables, functions, defaults and rights. Requests are
-- sent by embedded/jobs, which listens on the channel embedded_jobs, to addresses of this machine only.
--
-- Runs as the superuser, whoever creates the extension: every name in it is qualified.

create schema net;

create domain net.http_method as text
	check (value ilike 'get' or value ilike 'post' or value ilike 'delete');

-- Unlogged: a crash of the server empties both tables. A request is a wake-up call, not a record.
create unlogged table net.http_request_queue (
	id bigserial,
	method net.http_method not null,
	url text not null,
	headers jsonb,
	body bytea,
	timeout_milliseconds int not null
);

create unlogged table net._http_response (
	id bigint,
	status_code integer,
	content_type text,
	headers jsonb,
	content text,
	timed_out bool,
	error_msg text,
	created timestamptz not null default pg_catalog.now()
);
create index on net._http_response (created);

-- A notification is delivered when its transaction commits, and never when it is rolled back.
create function net.wake() returns void
language sql set search_path = ''
as $$ select pg_catalog.pg_notify('embedded_jobs', 'net') $$;

create function net.worker_restart() returns bool
language plpgsql set search_path = ''
as $$
begin
	perform net.wake();
	return true;
end
$$;

create function net.check_worker_is_up() returns void
language plpgsql set search_path = ''
as $$
begin
	if not exists (
		select from pg_catalog.pg_stat_activity
		where application_name = 'pg_net and pg_cron' and datname = pg_catalog.current_database()
	) then
		raise exception using
			message = 'the pg_net background worker is not up',
			detail = 'Requests of this database are not sent: no embedded platform runs them.',
			hint = 'The embedded platform sends the requests of its own database only.';
	end if;
end
$$;
comment on function net.check_worker_is_up()
	is 'raises an exception if the pg_net background worker is not up, otherwise it doesn''t return anything';

create function net.wait_until_running() returns void
language plpgsql set search_path = ''
as $$
begin
	while not exists (
		select from pg_catalog.pg_stat_activity
		where application_name = 'pg_net and pg_cron' and datname = pg_catalog.current_database()
	) loop
		perform pg_catalog.pg_sleep(0.05);
		perform pg_catalog.pg_stat_clear_snapshot();
	end loop;
end
$$;
comment on function net.wait_until_running() is 'waits until the worker is running';

-- Percent-encoding of RFC 3986: all but its unreserved characters.
create function net._urlencode_string(string varchar) returns text
language sql immutable set search_path = ''
as $$
	select case when string is not null then coalesce(pg_catalog.string_agg(
		case
			when byte between 48 and 57 or byte between 65 and 90 or byte between 97 and 122 or byte in (45, 46, 95, 126)
				then pg_catalog.chr(byte)
			else '%' || pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex(byte), 2, '0'))
		end, '' order by place
	), '') end
	from (select pg_catalog.convert_to(string, 'UTF8') as bytes) as encoded,
		pg_catalog.generate_series(0, pg_catalog.octet_length(bytes) - 1) as place,
		pg_catalog.get_byte(bytes, place) as byte
$$;

create function net._encode_url_with_params_array(url text, params_array text[]) returns text
language plpgsql immutable set search_path = ''
as $$
declare
	part text[];
	added text := pg_catalog.array_to_string(params_array, '&');
begin
	if url is null or params_array is null then
		return null;
	end if;
	-- scheme, authority, path, query, fragment
	part := pg_catalog.regexp_match(url, '^([a-z][a-z0-9+.-]*)://([^/?#]+)([^?#]*)(\?[^#]*)?(#.*)?$', 'i');
	if part is null then
		if url ~* '^[a-z][a-z0-9+.-]*:' then
			raise exception 'Unsupported URL scheme' using errcode = 'XX000';
		end if;
		raise exception 'invalid URL "%"', url using errcode = 'XX000';
	end if;
	return part[1] || '://' || part[2] || coalesce(nullif(part[3], ''), '/')
		|| coalesce(part[4], case when added <> '' then '?' else '' end)
		|| case when added <> '' and pg_catalog.length(part[4]) > 1 then '&' else '' end
		|| added || coalesce(part[5], '');
end
$$;

create function net._queue(
	method text, url text, params jsonb, headers jsonb, body jsonb, timeout_milliseconds int
) returns bigint
language plpgsql set search_path = ''
as $$
#variable_conflict use_variable
declare
	request_id bigint;
	params_array text[] := array(
		select net._urlencode_string(key) || '=' || net._urlencode_string(value) from pg_catalog.jsonb_each_text(params)
	);
begin
	insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
	values (
		method, net._encode_url_with_params_array(url, params_array), headers,
		pg_catalog.convert_to(body::text, 'UTF8'), timeout_milliseconds
	)
	returning id into request_id;
	perform net.wake();
	return request_id;
end
$$;

create function net.http_get(
	url text,
	params jsonb default '{}'::jsonb,
	headers jsonb default '{}'::jsonb,
	timeout_milliseconds int default 5000
) returns bigint
language sql set search_path = ''
as $$ select net._queue('GET', url, params, headers, null, timeout_milliseconds) $$;

create function net.http_post(
	url text,
	body jsonb default '{}'::jsonb,
	params jsonb default '{}'::jsonb,
	headers jsonb default '{"Content-Type": "application/json"}'::jsonb,
	timeout_milliseconds int default 5000
) returns bigint
language plpgsql set search_path = ''
as $$
declare
	content_type text := (
		select value from pg_catalog.jsonb_each_text(coalesce(headers, '{}'::jsonb)) where pg_catalog.lower(key) = 'content-type' limit 1
	);
begin
	if content_type is null then
		headers := headers || '{"Content-Type": "application/json"}'::jsonb;
	elsif content_type <> 'application/json' then
		raise exception 'Content-Type header must be "application/json"';
	end if;
	return net._queue('POST', url, params, headers, body, timeout_milliseconds);
end
$$;

create function net.http_delete(
	url text,
	params jsonb default '{}'::jsonb,
	headers jsonb default '{}'::jsonb,
	timeout_milliseconds int default 5000,
	body jsonb default null
) returns bigint
language sql set search_path = ''
as $$ select net._queue('DELETE', url, params, headers, body, timeout_milliseconds) $$;

create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');
create type net.http_response as (status_code integer, headers jsonb, body text);
create type net.http_response_result as (status net.request_status, message text, response net.http_response);

create function net._await_response(request_id bigint) returns bool
language plpgsql set search_path = ''
as $$
begin
	while not exists (select from net._http_response where id = request_id) loop
		perform pg_catalog.pg_sleep(0.05);
	end loop;
	return true;
end
$$;

create function net._http_collect_response(request_id bigint, async bool default true) returns net.http_response_result
language plpgsql set search_path = ''
as $$
declare
	answer net._http_response;
begin
	if not async then
		perform net._await_response(request_id);
	end if;
	select * into answer from net._http_response where id = request_id;
	if not found or answer.error_msg is not null then
		return ('ERROR', coalesce(answer.error_msg, 'request matching request_id not found'), null)::net.http_response_result;
	end if;
	return ('SUCCESS', 'ok', (answer.status_code, answer.headers, answer.content)::net.http_response)::net.http_response_result;
end
$$;

create function net.http_collect_response(request_id bigint, async bool default true) returns net.http_response_result
language plpgsql set search_path = ''
as $$
begin
	raise notice 'The net.http_collect_response function is deprecated.';
	return net._http_collect_response(request_id, async);
end
$$;

-- As pg_net gives them: whoever can call it sees everybody's requests and responses.
grant usage on schema net to public;
grant all on all sequences in schema net to public;
grant all on all tables in schema net to public;

select pg_catalog.pg_notify('embedded_jobs', 'net');
