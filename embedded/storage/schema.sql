-- The schema `storage` as a hosted Supabase project has it, without the tables of resumable, S3, analytics and vector uploads.
-- Runs as supabase_admin at every start, after embedded/postgres/bootstrap.sql made schema and roles; safe to repeat.

grant all on schema storage to supabase_storage_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role;

-- The service logs in as supabase_storage_admin and becomes whoever asks, by way of authenticator.
grant authenticator to supabase_storage_admin with inherit false, set true;

-- On the hosted service postgres may write policies on these tables though it does not own them. Plain Postgres grants that
-- only to owners, so postgres inherits the owning role; what ownership would give beyond that is refused at the end of this file.
grant supabase_storage_admin to postgres with inherit true, set true;

do $$
begin
	if to_regtype('storage.buckettype') is null then
		create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
	end if;
end
$$;

-- Where files are put: who may see them without asking, and how large and of what type they may be.
create table if not exists storage.buckets (
	id text primary key,
	name text not null,
	owner uuid,
	created_at timestamptz default now(),
	updated_at timestamptz default now(),
	public boolean default false,
	avif_autodetection boolean default false,
	file_size_limit bigint,
	allowed_mime_types text[],
	owner_id text,
	type storage.buckettype not null default 'STANDARD'
);
create unique index if not exists bname on storage.buckets (name);
comment on column storage.buckets.owner is 'Field is deprecated, use owner_id instead';

-- One row per file. `version` names the file on disk; a new upload to the same name gets another one.
create table if not exists storage.objects (
	id uuid primary key default gen_random_uuid(),
	bucket_id text constraint "objects_bucketId_fkey" references storage.buckets (id),
	name text,
	owner uuid,
	created_at timestamptz default now(),
	updated_at timestamptz default now(),
	last_accessed_at timestamptz default now(),
	metadata jsonb,
	path_tokens text[] generated always as (string_to_array(name, '/')) stored,
	version text,
	owner_id text,
	user_metadata jsonb
);
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create index if not exists idx_objects_bucket_id_name on storage.objects (bucket_id, (name collate "C"));
create index if not exists idx_objects_bucket_id_name_lower on storage.objects (bucket_id, (lower(name) collate "C"));
comment on column storage.objects.owner is 'Field is deprecated, use owner_id instead';

alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter type storage.buckettype owner to supabase_storage_admin;
alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant all on storage.buckets, storage.objects to postgres with grant option;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;

-- Triggers -------------------------------------------------------------------------------------------------

create or replace function storage.update_updated_at_column() returns trigger
language plpgsql
as $$
begin
	new.updated_at := now();
	return new;
end
$$;
create or replace trigger update_objects_updated_at before update on storage.objects
	for each row execute function storage.update_updated_at_column();

create or replace function storage.enforce_bucket_name_length() returns trigger
language plpgsql
as $$
begin
	if length(new.name) > 100 then
		raise exception 'bucket name "%" is too long (% characters). Max is 100.', new.name, length(new.name);
	end if;
	return new;
end
$$;
create or replace trigger enforce_bucket_name_length_trigger before insert or update of name on storage.buckets
	for each row execute function storage.enforce_bucket_name_length();

-- A row deleted past the service would leave its file behind, so only the service deletes.
create or replace function storage.protect_delete() returns trigger
language plpgsql
as $$
begin
	if current_setting('storage.allow_delete_query', true) is distinct from 'true' then
		raise exception 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
			using errcode = '42501', hint = 'This prevents accidental data loss from orphaned objects.';
	end if;
	return null;
end
$$;
create or replace trigger protect_buckets_delete before delete on storage.buckets
	for each statement execute function storage.protect_delete();
create or replace trigger protect_objects_delete before delete on storage.objects
	for each statement execute function storage.protect_delete();

-- What policies are written with --------------------------------------------------------------------------

create or replace function storage.foldername(name text) returns text[]
language sql immutable
as $$ select (string_to_array(name, '/'))[: cardinality(string_to_array(name, '/')) - 1] $$;

create or replace function storage.filename(name text) returns text
language sql immutable
as $$ select (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))] $$;

create or replace function storage.extension(name text) returns text
language sql immutable
as $$ select split_part(storage.filename(name), '.', -1) $$;

-- What the service is doing, such as storage.object.upload.
create or replace function storage.operation() returns text
language sql stable
as $$ select current_setting('storage.operation', true) $$;

create or replace function storage.allow_any_operation(expected_operations text[]) returns boolean
language sql stable
as $$
	select exists (
		select from unnest(expected_operations) as expected
		where expected <> '' and regexp_replace(expected, '^storage\.', '') = regexp_replace(storage.operation(), '^storage\.', '')
	)
$$;

create or replace function storage.allow_only_operation(expected_operation text) returns boolean
language sql stable
as $$ select storage.allow_any_operation(array[expected_operation]) $$;

-- Tells by its error whether the caller might insert such a row: PT200 when so.
create or replace function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
language plpgsql
as $$
begin
	insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
	raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language sql stable
as $$
	select sum((o.metadata ->> 'size')::bigint)::bigint, o.bucket_id from storage.objects o group by o.bucket_id
$$;

-- Listing --------------------------------------------------------------------------------------------------
-- All of these see what the caller's policies let it see. A folder is a name that others continue after a delimiter.

-- The part of a key up to the first delimiter after the prefix; null when there is none.
create or replace function storage.get_common_prefix(p_key text, p_prefix text, p_delimiter text) returns text
language sql immutable
as $$
	select left(p_key, length(p_prefix) + nullif(position(p_delimiter in substr(p_key, length(p_prefix) + 1)), 0)
		+ length(p_delimiter) - 1)
$$;

-- One page of a folder by offset, without regard to case. Names are given relative to `prefix`. By name, folders stand among
-- files; by a time, before them, and then `prefix` and `search` are patterns.
create or replace function storage.search(
	prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
	search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
	name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
declare
	wanted constant text := coalesce(prefix, '') || coalesce(search, '');
	first_level constant integer := coalesce(array_length(string_to_array(coalesce(prefix, ''), '/'), 1), 1);
	last_level constant integer := coalesce(array_length(string_to_array(wanted, '/'), 1), 1);
	direction constant text := case when lower(coalesce(sortorder, 'asc')) = 'asc' then 'asc' else 'desc' end;
	by_time constant text := (array['updated_at', 'created_at', 'last_accessed_at'])[
		array_position(array['updated_at', 'created_at', 'last_accessed_at'], lower(sortcolumn))];
begin
	return query execute format($query$
		with found as (
			select o.*, cardinality(o.path_tokens) > $4 as continues
			from storage.objects o
			where o.bucket_id = $1 and %s
		),
		entries as (
			select min(array_to_string(path_tokens[$3:$4], '/')) as name, null::uuid as id, null::timestamptz as updated_at,
				null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata,
				lower(array_to_string(path_tokens[:$4], '/')) || '/' as place, true as is_folder
			from found where continues group by place
			union all
			select array_to_string(path_tokens[$3:$4], '/'), id, updated_at, created_at, last_accessed_at, metadata,
				lower(name), false
			from found where not continues
		)
		select name, id, updated_at, created_at, last_accessed_at, metadata from entries
		order by %s limit $5 offset $6
		$query$,
		case when by_time is null then 'starts_with(lower(o.name), lower($2))' else 'o.name ilike $2 || ''%''' end,
		case when by_time is null then format('place collate "C" %s', direction)
			else format('is_folder desc, %I %s, place collate "C" %2$s', by_time, direction) end
	) using bucketname, wanted, first_level, last_level, least(coalesce(limits, 100), 1500), coalesce(offsets, 0);
end
$$;

-- One page of a folder after a name, in the order of bytes.
create or replace function storage.list_objects_with_delimiter(
	_bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100, start_after text default '',
	next_token text default '', sort_order text default 'asc'
) returns table (
	name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
)
language plpgsql stable
as $$
declare
	direction constant text := case when lower(coalesce(sort_order, 'asc')) = 'asc' then 'asc' else 'desc' end;
	last_seen text := coalesce(nullif(next_token, ''), start_after, '');
begin
	-- A page may end with a folder, whose name is given without the delimiter.
	if last_seen <> '' and exists (
		select from storage.objects o where o.bucket_id = _bucket_id and starts_with(o.name, last_seen || delimiter_param)
	) then
		last_seen := last_seen || delimiter_param;
	end if;
	return query execute format($query$
		with found as (
			select o.*, storage.get_common_prefix(o.name, $2, $3) as folder
			from storage.objects o
			where o.bucket_id = $1 and starts_with(o.name, $2)
		),
		entries as (
			select left(folder, -length($3)) as name, null::uuid as id, null::jsonb as metadata, null::timestamptz as updated_at,
				null::timestamptz as created_at, null::timestamptz as last_accessed_at, folder as place
			from found where folder is not null group by folder
			union all
			select name, id, metadata, updated_at, created_at, last_accessed_at, name from found where folder is null
		)
		select name, id, metadata, updated_at, created_at, last_accessed_at from entries
		where $4 = '' or place collate "C" %s $4
		order by place collate "C" %s limit $5
		$query$,
		case direction when 'asc' then '>' else '<' end, direction
	) using _bucket_id, coalesce(prefix_param, ''), delimiter_param, last_seen, max_keys;
end
$$;

-- The same in the order of a time, to the millisecond, which is what a cursor can say. A folder is as old as its oldest file.
create or replace function storage.search_by_timestamp(
	p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text, p_sort_order text, p_sort_column text,
	p_sort_column_after text
) returns table (
	key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
begin
	return query execute format($query$
		with found as (
			select o.*, storage.get_common_prefix(o.name, $1, '/') as folder
			from storage.objects o
			where o.bucket_id = $2 and starts_with(o.name, $1)
		),
		entries as (
			select left(folder, -1) as name, null::uuid as id, min(created_at) as updated_at, min(created_at) as created_at,
				null::timestamptz as last_accessed_at, null::jsonb as metadata
			from found where folder is not null group by folder
			union all
			select name, id, updated_at, created_at, last_accessed_at, metadata from found where folder is null
		)
		select split_part(name, '/', $3), name, id, updated_at, created_at, last_accessed_at, metadata from entries
		where $5 = '' or (date_trunc('milliseconds', %1$I), name collate "C")
			%2$s (coalesce(nullif($6, '')::timestamptz, 'epoch'), $5)
		order by date_trunc('milliseconds', %1$I) %3$s, name collate "C" %3$s limit $4
		$query$,
		p_sort_column, case p_sort_order when 'asc' then '>' else '<' end, p_sort_order
	) using coalesce(p_prefix, ''), p_bucket_id, p_level, p_limit, coalesce(p_start_after, ''), coalesce(p_sort_column_after, '');
end
$$;

create or replace function storage.search_v2(
	prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
	sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
) returns table (
	key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
)
language plpgsql stable
as $$
declare
	direction constant text := case lower(sort_order) when 'desc' then 'desc' else 'asc' end;
	page constant integer := least(coalesce(limits, 100), 1500);
begin
	if lower(sort_column) in ('updated_at', 'created_at') then
		return query select * from storage.search_by_timestamp(
			prefix, bucket_name, page, levels, start_after, direction, lower(sort_column), sort_column_after);
	else
		return query
			select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
			from storage.list_objects_with_delimiter(bucket_name, prefix, '/', page, start_after, '', direction) l;
	end if;
end
$$;

do $$
declare
	routine regprocedure;
begin
	for routine in select oid from pg_catalog.pg_proc where pronamespace = 'storage'::regnamespace and prorettype <> 'event_trigger'::regtype loop
		execute format('alter function %s owner to supabase_storage_admin', routine);
		execute format('grant execute on function %s to postgres, anon, authenticated, service_role, dashboard_user', routine);
	end loop;
end
$$;

-- What postgres may not do ---------------------------------------------------------------------------------
-- A migration that alters these tables fails on the hosted service, so it fails here. Policies, triggers and comments pass.

create or replace function storage.refuse_alteration() returns event_trigger
language plpgsql
as $$
declare
	refused text;
begin
	if current_user <> 'postgres' then
		return;
	end if;
	if tg_event = 'sql_drop' then
		select object_identity into refused from pg_event_trigger_dropped_objects()
		where original and schema_name = 'storage' and object_type not in ('policy', 'trigger') limit 1;
	else
		select object_identity into refused from pg_event_trigger_ddl_commands()
		where schema_name = 'storage' and object_type not in ('policy', 'trigger') and command_tag <> 'COMMENT' limit 1;
	end if;
	if refused is not null then
		raise exception 'must be owner of %', refused using errcode = '42501';
	end if;
end
$$;

do $$
begin
	if not exists (select from pg_catalog.pg_event_trigger where evtname = 'storage_alterations') then
		create event trigger storage_alterations on ddl_command_end execute function storage.refuse_alteration();
		create event trigger storage_drops on sql_drop execute function storage.refuse_alteration();
	end if;
end
$$;
