-- The schema `realtime` as a hosted Supabase project has it, without the tables of postgres_changes.
-- Runs as supabase_admin at every start, after embedded/postgres/bootstrap.sql made the roles; safe to repeat.

create schema if not exists realtime authorization supabase_admin;
grant usage on schema realtime to postgres, anon, authenticated, service_role;
grant all on schema realtime to supabase_realtime_admin;

-- On the hosted service postgres may write policies on realtime.messages though it does not own it.
-- Plain Postgres grants that only to owners, so postgres inherits the owning role.
grant supabase_realtime_admin to postgres with inherit true, set true;

-- Broadcasts sent from the database, and the table whose policies decide who may join a private topic.
-- One partition per UTC day: a missing one makes realtime.send lose messages with a warning.
create table if not exists realtime.messages (
	topic text not null,
	extension text not null,
	payload jsonb,
	event text,
	private boolean default false,
	updated_at timestamp not null default now(),
	inserted_at timestamp not null default now(),
	id uuid not null default gen_random_uuid(),
	primary key (id, inserted_at)
) partition by range (inserted_at);

create index if not exists messages_inserted_at_topic_idx on realtime.messages (inserted_at desc, topic)
	where extension = 'broadcast' and private;

alter table realtime.messages owner to supabase_realtime_admin;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;

-- Makes the partitions of yesterday to three days ahead and drops those whose last row is older than 72 hours.
-- The service calls it hourly. It gives up after two seconds rather than queue every writer behind its lock.
create or replace function realtime.maintain_messages_partitions() returns void
language plpgsql volatile security invoker
set search_path = '' set lock_timeout = '2s' set client_min_messages = 'warning'
as $$
declare
	today constant date := (now() at time zone 'utc')::date;
	partition_name text;
	day date;
begin
	for day in select d::date from pg_catalog.generate_series(today - 1, today + 3, interval '1 day') d loop
		partition_name := 'messages_' || to_char(day, 'YYYY_MM_DD');
		if to_regclass('realtime.' || partition_name) is null then
			execute format('create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
				partition_name, day, day + 1);
			execute format('alter table realtime.%I owner to supabase_realtime_admin', partition_name);
		end if;
	end loop;

	for partition_name in
		select child.relname
		from pg_catalog.pg_inherits i
		join pg_catalog.pg_class child on child.oid = i.inhrelid
		where i.inhparent = 'realtime.messages'::regclass
			and child.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
			and to_date(substr(child.relname, 10), 'YYYY_MM_DD') < today - 3
	loop
		execute format('drop table realtime.%I', partition_name);
	end loop;
end
$$;
revoke all on function realtime.maintain_messages_partitions() from public;
select realtime.maintain_messages_partitions();

-- The topic a policy on realtime.messages is asked about.
create or replace function realtime.topic() returns text
language sql stable set search_path = ''
as $$ select nullif(current_setting('realtime.topic', true), '') $$;

-- Broadcasts `payload` to everyone in `topic` once the transaction commits. Whatever goes wrong becomes a warning,
-- never an error of the caller's statement: delivery is at most once. Runs with the caller's rights, so a caller that
-- does not bypass row security needs an insert policy. The receiver sees the message's id in the payload.
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql volatile security invoker
as $$
declare
	message_id constant uuid := gen_random_uuid();
begin
	perform set_config('realtime.topic', topic, true);
	insert into realtime.messages (id, payload, event, topic, private, extension)
	values (
		message_id,
		case when payload ? 'id' then payload else jsonb_set(payload, '{id}', to_jsonb(message_id)) end,
		event, topic, private, 'broadcast'
	);
exception when others then
	raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end
$$;

-- For row triggers: broadcasts the whole changed row privately, in the shape Supabase documents.
create or replace function realtime.broadcast_changes(
	topic_name text, event_name text, operation text, table_name text, table_schema text,
	new record, old record, level text default 'ROW'
) returns void
language plpgsql volatile security invoker
as $$
begin
	if level = 'STATEMENT' then
		raise exception 'function can only be triggered for each row, not for each statement';
	end if;
	if operation not in ('INSERT', 'UPDATE', 'DELETE') then
		raise exception 'Unexpected operation type: %', operation;
	end if;
	perform realtime.send(
		jsonb_build_object('schema', table_schema, 'table', table_name, 'operation', operation, 'record', new, 'old_record', old),
		event_name, topic_name);
exception when others then
	raise exception 'Failed to process the row: %', sqlerrm;
end
$$;

alter function realtime.topic() owner to supabase_realtime_admin;
alter function realtime.send(jsonb, text, text, boolean) owner to supabase_realtime_admin;
alter function realtime.broadcast_changes(text, text, text, text, text, record, record, text) owner to supabase_realtime_admin;
grant execute on function realtime.topic(), realtime.send(jsonb, text, text, boolean),
	realtime.broadcast_changes(text, text, text, text, text, record, record, text)
	to postgres, anon, authenticated, service_role;

-- What the service streams (partitions appear as their parent), and the empty publication every project starts with.
do $$
begin
	if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime_messages_publication') then
		create publication supabase_realtime_messages_publication for table realtime.messages
			with (publish = 'insert', publish_via_partition_root = true);
	end if;
	if not exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime') then
		create publication supabase_realtime;
		alter publication supabase_realtime owner to postgres;
	end if;
end
$$;
