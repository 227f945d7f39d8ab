-- Stands in for Supabase Vault 0.3 (https://github.com/supabase/vault): the same table, view, functions and rights as on hosted
-- Supabase. Secrets are encrypted and authenticated with a key that is no row: the file vault.key in the server's data folder.
--
-- Runs as the superuser, whoever creates the extension: every name in it is qualified.

-- A schema made by the one who creates the extension would leave that role in charge of it.
do $$
begin
	execute pg_catalog.format('alter schema vault owner to %I', current_user);
end
$$;

-- The key is made once per server: copies of a database read the same secrets. It is drawn by the server and never part of a statement.
do $$
declare
	file text := pg_catalog.current_setting('data_directory') || '/vault.key';
begin
	if pg_catalog.pg_stat_file('vault.key', true) is null then
		-- One at a time, whatever database they are in.
		lock table pg_catalog.pg_database in share row exclusive mode;
		if pg_catalog.pg_stat_file('vault.key', true) is null then
			execute pg_catalog.format('copy (select pg_catalog.encode(@extschema:pgcrypto@.gen_random_bytes(32), ''hex'')) to %L', file);
		end if;
	end if;
end
$$;

create function vault._crypto_aead_det_noncegen() returns bytea
language sql volatile set search_path = ''
as $$ select @extschema:pgcrypto@.gen_random_bytes(16) $$;

-- One of two keys made from the file's. A `security definer` function, because only the superuser reads files; nobody may call it.
create function vault._key(purpose text, key_id bigint, context bytea) returns bytea
language plpgsql stable security definer set search_path = ''
as $$
declare
	root bytea;
begin
	root := pg_catalog.decode(pg_catalog.btrim(pg_catalog.pg_read_file('vault.key'), E' \n'), 'hex');
	return @extschema:pgcrypto@.hmac(
		pg_catalog.convert_to(purpose, 'UTF8') || '\x00'::bytea || pg_catalog.int8send(key_id) || context, root, 'sha256');
exception when undefined_file then
	raise exception 'the key of the vault is missing'
		using hint = 'It is the file vault.key in the data folder of the server. Without it no secret can be read.';
end
$$;

create function vault._tag(message bytea, additional bytea, key_id bigint, context bytea, nonce bytea) returns bytea
language sql stable security definer set search_path = ''
as $$
	select @extschema:pgcrypto@.hmac(
		pg_catalog.int4send(pg_catalog.octet_length(coalesce(nonce, ''))) || coalesce(nonce, '')
			|| pg_catalog.int4send(pg_catalog.octet_length(coalesce(additional, ''))) || coalesce(additional, '') || message,
		vault._key('tag', key_id, context), 'sha256')
$$;

-- Deterministic authenticated encryption: the tag over all that goes in is also where the cipher's initialisation vector comes from (as in
-- RFC 5297), so that a nonce used twice gives nothing away but that two messages are the same.
create function vault._crypto_aead_det_encrypt(
	message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
language plpgsql stable security definer set search_path = ''
as $$
declare
	tag bytea := vault._tag(message, additional, key_id, context, nonce);
begin
	return tag || @extschema:pgcrypto@.encrypt_iv(
		message, vault._key('cipher', key_id, context), pg_catalog.substr(tag, 1, 16), 'aes-cbc/pad:pkcs');
end
$$;

create function vault._crypto_aead_det_decrypt(
	message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
) returns bytea
language plpgsql stable security definer set search_path = ''
as $$
declare
	key bytea := vault._key('cipher', key_id, context);
	tag bytea := pg_catalog.substr(message, 1, 32);
	opened bytea;
begin
	if message is null then
		return null;
	end if;
	begin
		opened := @extschema:pgcrypto@.decrypt_iv(pg_catalog.substr(message, 33), key, pg_catalog.substr(tag, 1, 16), 'aes-cbc/pad:pkcs');
	exception when others then
		opened := null;
	end;
	if opened is null or vault._tag(opened, additional, key_id, context, nonce) <> tag then
		raise exception 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' using errcode = 'XX000';
	end if;
	return opened;
end
$$;

create table vault.secrets (
	id uuid primary key default pg_catalog.gen_random_uuid(),
	name text,
	description text not null default '',
	secret text not null,
	key_id uuid,
	nonce bytea default vault._crypto_aead_det_noncegen(),
	created_at timestamptz not null default current_timestamp,
	updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';
create unique index on vault.secrets (name) where name is not null;

create view vault.decrypted_secrets as
	select
		s.id, s.name, s.description, s.secret,
		pg_catalog.convert_from(
			vault._crypto_aead_det_decrypt(
				message := pg_catalog.decode(s.secret, 'base64'),
				additional := pg_catalog.convert_to(s.id::text, 'utf8'),
				key_id := 0,
				context := 'pgsodium'::bytea,
				nonce := s.nonce
			),
			'utf8'
		) as decrypted_secret,
		s.key_id, s.nonce, s.created_at, s.updated_at
	from vault.secrets as s;

create function vault.create_secret(
	new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid
language plpgsql security definer set search_path = ''
as $$
declare
	new_id uuid := pg_catalog.gen_random_uuid();
	new_nonce bytea := vault._crypto_aead_det_noncegen();
begin
	insert into vault.secrets (id, secret, name, description, nonce)
	values (
		new_id,
		pg_catalog.encode(vault._crypto_aead_det_encrypt(
			message := pg_catalog.convert_to(new_secret, 'utf8'),
			additional := pg_catalog.convert_to(new_id::text, 'utf8'),
			key_id := 0,
			context := 'pgsodium'::bytea,
			nonce := new_nonce
		), 'base64'),
		new_name, new_description, new_nonce
	);
	return new_id;
end
$$;

create function vault.update_secret(
	secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null
) returns void
language plpgsql security definer set search_path = ''
as $$
begin
	update vault.secrets as s set
		secret = case when new_secret is null then s.secret else pg_catalog.encode(vault._crypto_aead_det_encrypt(
			message := pg_catalog.convert_to(new_secret, 'utf8'),
			additional := pg_catalog.convert_to(s.id::text, 'utf8'),
			key_id := 0,
			context := 'pgsodium'::bytea,
			nonce := s.nonce
		), 'base64') end,
		name = coalesce(new_name, s.name),
		description = coalesce(new_description, s.description),
		updated_at = pg_catalog.now()
	where s.id = secret_id;
end
$$;

revoke all on all functions in schema vault from public;

grant usage on schema vault to postgres with grant option;
grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to postgres with grant option;
grant usage on schema vault to service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to service_role;

select pg_catalog.pg_extension_config_dump('vault.secrets', '');
