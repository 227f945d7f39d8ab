-- Stands in for pgjwt 0.2 (https://github.com/michelp/pgjwt): tokens signed with a shared secret, in SQL. Hosted projects have it up to Postgres 15.
--
-- Runs as the superuser, whoever creates the extension: every name in it is qualified.

create function @extschema@.url_encode(data bytea) returns text
language sql immutable set search_path = ''
as $$ select pg_catalog.translate(pg_catalog.encode(data, 'base64'), E'+/=\n', '-_') $$;

create function @extschema@.url_decode(data text) returns bytea
language sql immutable set search_path = ''
as $$ select pg_catalog.decode(pg_catalog.translate(data, '-_', '+/') || pg_catalog.repeat('=', -pg_catalog.length(data) & 3), 'base64') $$;

create function @extschema@.algorithm_sign(signables text, secret text, algorithm text) returns text
language sql immutable set search_path = ''
as $$
	-- pgcrypto refuses a hash without a name.
	select @extschema@.url_encode(@extschema:pgcrypto@.hmac(
		signables, secret, case algorithm when 'HS256' then 'sha256' when 'HS384' then 'sha384' when 'HS512' then 'sha512' else '' end
	))
$$;

create function @extschema@.sign(payload json, secret text, algorithm text default 'HS256') returns text
language sql immutable set search_path = ''
as $$
	select signables || '.' || @extschema@.algorithm_sign(signables, secret, algorithm)
	from (
		select @extschema@.url_encode(pg_catalog.convert_to('{"alg":"' || algorithm || '","typ":"JWT"}', 'UTF8'))
			|| '.' || @extschema@.url_encode(pg_catalog.convert_to(payload::text, 'UTF8'))
	) as token (signables)
$$;

create function @extschema@.try_cast_double(inp text) returns double precision
language plpgsql immutable set search_path = ''
as $$
begin
	return inp::double precision;
exception when others then
	return null;
end
$$;

-- Valid: signed with this secret, and now between its `nbf` and `exp`, where it has them.
create function @extschema@.verify(token text, secret text, algorithm text default 'HS256')
returns table (header json, payload json, valid boolean)
language sql stable set search_path = ''
as $$
	select
		claims.header, claims.payload,
		claims.is_signed and pg_catalog.tstzrange(
			pg_catalog.to_timestamp(@extschema@.try_cast_double(claims.payload ->> 'nbf')),
			pg_catalog.to_timestamp(@extschema@.try_cast_double(claims.payload ->> 'exp'))
		) @> current_timestamp
	from (
		select
			pg_catalog.convert_from(@extschema@.url_decode(part[1]), 'UTF8')::json as header,
			pg_catalog.convert_from(@extschema@.url_decode(part[2]), 'UTF8')::json as payload,
			part[3] = @extschema@.algorithm_sign(part[1] || '.' || part[2], secret, algorithm) as is_signed
		from pg_catalog.regexp_split_to_array(token, '\.') as part
	) as claims
$$;
