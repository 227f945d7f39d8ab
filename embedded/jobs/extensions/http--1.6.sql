-- Stands in for pgsql-http 1.6 (https://github.com/pramsey/pgsql-http): the same types and functions, so that migrations and functions written with
-- it are made. It sends nothing: a statement cannot wait for this process, and nothing leaves the machine. Calls raise; pg_net sends.
--
-- Runs as the superuser, whoever creates the extension: every name in it is qualified.

create domain @extschema@.http_method as text;
create domain @extschema@.content_type as text check (value ~ '^\S+\/\S+');

create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_response as (status integer, content_type varchar, headers @extschema@.http_header[], content varchar);
create type @extschema@.http_request as (
	method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar, content varchar
);

create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql immutable set search_path = ''
as $$ select field, value $$;

create function @extschema@.http(request @extschema@.http_request) returns @extschema@.http_response
language plpgsql set search_path = ''
as $$
begin
	raise exception using
		errcode = 'feature_not_supported',
		message = 'the embedded platform sends no HTTP request from within a statement',
		detail = pg_catalog.format('%s %s', request.method, request.uri),
		hint = 'pg_net sends to addresses of this machine, after the commit.';
end
$$;

create function @extschema@.http_get(uri varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('GET', uri, null, null, null)::@extschema@.http_request) $$;

create function @extschema@.http_get(uri varchar, data jsonb) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http_get(uri) $$;

create function @extschema@.http_post(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('POST', uri, null, content_type, content)::@extschema@.http_request) $$;

create function @extschema@.http_post(uri varchar, data jsonb) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http_post(uri, data::text, 'application/x-www-form-urlencoded') $$;

create function @extschema@.http_put(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('PUT', uri, null, content_type, content)::@extschema@.http_request) $$;

create function @extschema@.http_patch(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('PATCH', uri, null, content_type, content)::@extschema@.http_request) $$;

create function @extschema@.http_delete(uri varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('DELETE', uri, null, null, null)::@extschema@.http_request) $$;

create function @extschema@.http_delete(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('DELETE', uri, null, content_type, content)::@extschema@.http_request) $$;

create function @extschema@.http_head(uri varchar) returns @extschema@.http_response
language sql set search_path = ''
as $$ select @extschema@.http(('HEAD', uri, null, null, null)::@extschema@.http_request) $$;

-- Curl's settings are taken and forgotten.
create function @extschema@.http_set_curlopt(curlopt varchar, value varchar) returns boolean
language sql set search_path = ''
as $$ select true $$;

create function @extschema@.http_reset_curlopt() returns boolean
language sql set search_path = ''
as $$ select true $$;

-- Percent-encoding of RFC 3986: all but its unreserved characters.
create function @extschema@.urlencode(string bytea) returns text
language sql immutable strict set search_path = ''
as $$
	select coalesce(pg_catalog.string_agg(
		case
			when byte between 48 and 57 or byte between 65 and 90 or byte between 97 and 122 or byte in (45, 46, 95, 126)
				then pg_catalog.chr(byte)
			else '%' || pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex(byte), 2, '0'))
		end, '' order by place
	), '')
	from pg_catalog.generate_series(0, pg_catalog.octet_length(string) - 1) as place,
		pg_catalog.get_byte(string, place) as byte
$$;

create function @extschema@.urlencode(string varchar) returns text
language sql immutable strict set search_path = ''
as $$ select @extschema@.urlencode(pg_catalog.convert_to(string, 'UTF8')) $$;

create function @extschema@.urlencode(data jsonb) returns text
language sql immutable strict set search_path = ''
as $$
	select pg_catalog.string_agg(@extschema@.urlencode(key::varchar) || '=' || @extschema@.urlencode(value::varchar), '&')
	from pg_catalog.jsonb_each_text(data)
$$;

create function @extschema@.text_to_bytea(data text) returns bytea
language sql immutable strict set search_path = ''
as $$ select pg_catalog.convert_to(data, 'UTF8') $$;

create function @extschema@.bytea_to_text(data bytea) returns text
language sql immutable strict set search_path = ''
as $$ select pg_catalog.convert_from(data, 'UTF8') $$;
