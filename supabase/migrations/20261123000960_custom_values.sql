-- What stands in the workspace's own fields: in `custom` of the record, or beside it where only some roles may read (docs/decisions/003).

-- The form of a value ------------------------------------------------------------------------------------------------------

create function private.custom_fits(kind text, choices jsonb, value jsonb) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
declare
  content constant text := value #>> '{}';
begin
  return coalesce(case kind
    when 'text' then jsonb_typeof(value) = 'string' and char_length(content) <= 2000
    when 'choice' then jsonb_typeof(value) = 'string' and choices ? content
    when 'boolean' then jsonb_typeof(value) = 'boolean'
    -- JSON has numbers too small for float8, in which restricted ones are kept: one of them would stop a field from being restricted.
    when 'number' then case when jsonb_typeof(value) = 'number' and pg_input_is_valid(content, 'float8') then abs(content::numeric) <= 1e15 end
    when 'date' then case
      when jsonb_typeof(value) = 'string' and content ~ '^\d{4}-\d\d-\d\d$' and pg_input_is_valid(content, 'date')
      then content::date between '1900-01-01' and '2200-01-01' end
  end, false);
end
$$;
comment on function private.custom_fits(text, jsonb, jsonb) is 'Whether a JSON value is of a field''s kind, and among its choices.';
grant execute on function private.custom_fits(text, jsonb, jsonb) to authenticated;

create function private.custom_as_json(kind text, text_value text, number_value float8, date_value date) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case kind
    when 'number' then to_jsonb(number_value)
    when 'date' then to_jsonb(date_value)
    when 'boolean' then case number_value when 1 then 'true'::jsonb when 0 then 'false'::jsonb end
    else to_jsonb(text_value)
  end;
end
$$;
comment on function private.custom_as_json(text, text, float8, date) is 'A row''s value as it would stand in `custom`, null when it is in another kind''s column.';
grant execute on function private.custom_as_json(text, text, float8, date) to authenticated;

create function private.refuse_custom_value(key text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  raise exception 'The value of "%" does not fit its field.', left(key, 48)
    using errcode = '23514', hint = 'custom_misfit', detail = left(key, 48);
end
$$;
comment on function private.refuse_custom_value(text) is 'The error for a value of another form than its field''s.';
grant execute on function private.refuse_custom_value(text) to authenticated;

-- Ordinary fields: keys of `custom` ----------------------------------------------------------------------------------------

-- Keys that no definition knows are the integrators' own. What stands already may stay: a choice may be gone meanwhile.
create function private.check_custom() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  before constant jsonb := case when tg_op = 'UPDATE' then old.custom else '{}' end;
  field record;
begin
  -- Whoever restricts a field meanwhile, or makes a restricted one, waits, or is waited for (private.begin_move): no value is left behind where everybody reads
  -- it. A lock on the definitions would not do: one that is just being made cannot be locked.
  perform pg_advisory_xact_lock_shared(hashtextextended('custom:' || tg_table_name || ':' || new.org_id, 0));
  for field in
    select f.key, f.kind, f.choices, f.restricted from public.custom_fields f
    where f.org_id = new.org_id and f.resource = tg_table_name::text collate "default" and new.custom ? f.key
      and new.custom -> f.key is distinct from before -> f.key
  loop
    if field.restricted then
      raise exception 'The values of "%" are kept apart, for only some roles may read them: write them to custom_values or by set_custom_values.', field.key
        using errcode = '23514', hint = 'custom_restricted', detail = field.key;
    end if;
    if new.custom -> field.key <> 'null' and not private.custom_fits(field.kind, field.choices, new.custom -> field.key) then
      perform private.refuse_custom_value(field.key);
    end if;
  end loop;
  return new;
end
$$;
comment on function private.check_custom() is 'Before a record''s `custom` is written: known keys fit their field, and none belongs to a restricted one.';

create trigger companies_40_custom before insert or update of custom on public.companies
  for each row when (new.custom <> '{}') execute function private.check_custom();
create trigger contacts_40_custom before insert or update of custom on public.contacts
  for each row when (new.custom <> '{}') execute function private.check_custom();
create trigger deals_40_custom before insert or update of custom on public.deals
  for each row when (new.custom <> '{}') execute function private.check_custom();

-- Restricted fields: rows beside the record --------------------------------------------------------------------------------

create table public.custom_values (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null,
  resource text not null,
  record_id uuid not null,
  field_id uuid not null,
  text_value text collate "C",
  number_value float8,
  date_value date,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint custom_values_org_id_id_key unique (org_id, id),
  constraint custom_values_once unique (org_id, field_id, record_id),
  constraint custom_values_field_fkey foreign key (org_id, field_id) references public.custom_fields (org_id, id) on delete cascade,
  constraint custom_values_resource_known check (resource in ('companies', 'contacts', 'deals')),
  constraint custom_values_with_one check (num_nonnulls(text_value, number_value, date_value) = 1),
  constraint custom_values_text_value_length check (char_length(text_value) <= 2000),
  constraint custom_values_number_value_range check (number_value between -1e15 and 1e15),
  constraint custom_values_date_value_range check (date_value between '1900-01-01' and '2200-01-01')
);
comment on table public.custom_values is
  'Values of restricted fields, apart from their records: read and changed by roles the field is open to, on records they can read or change.';
comment on column public.custom_values.number_value is 'Also 1 and 0 for yes and no.';
create index custom_values_record_idx on public.custom_values (org_id, resource, record_id);

alter table public.custom_values enable row level security;

create function private.custom_value_orgs(do_action text, on_resource text, record uuid, field uuid) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 1
as $$
declare
  known constant uuid[] := private.known_orgs();
begin
  return query
    select f.org_id
    from public.custom_fields f
    where f.id = field and f.org_id = any (known) and f.resource = on_resource
      and f.id in (select private.open_fields(do_action))
      and f.org_id in (select private.org_of_readable(on_resource, record))
      and private.may_on(on_resource, record, do_action)
      -- Who may not change a record's own fields does not change these either.
      and (do_action = 'read' or not exists (
        select from private.memberships m
        join public.field_rules r on r.org_id = m.org_id and r.role_id = m.role_id
        where m.org_id = f.org_id and r.resource = on_resource and r.field = 'custom'));
end
$$;
comment on function private.custom_value_orgs(text, text, uuid, uuid) is
  'The workspace of a restricted field and a record, if the caller may read or update both.';
grant execute on function private.custom_value_orgs(text, text, uuid, uuid) to authenticated;

create policy "some roles read restricted values" on public.custom_values for select to authenticated
  using (org_id in (select private.custom_value_orgs('read', resource, record_id, field_id)));
create policy "some roles add restricted values" on public.custom_values for insert to authenticated
  with check (org_id in (select private.custom_value_orgs('update', resource, record_id, field_id)));
create policy "some roles change restricted values" on public.custom_values for update to authenticated
  using (org_id in (select private.custom_value_orgs('update', resource, record_id, field_id)));
create policy "some roles remove restricted values" on public.custom_values for delete to authenticated
  using (org_id in (select private.custom_value_orgs('update', resource, record_id, field_id)));

grant select, delete,
  insert (org_id, resource, record_id, field_id, text_value, number_value, date_value),
  update (text_value, number_value, date_value)
  on public.custom_values to authenticated;
grant select, insert, update, delete on public.custom_values to service_role;

-- After the policies, which refuse strangers without a word about the field.
create function private.check_custom_value() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  field public.custom_fields;
begin
  select f.* into field from public.custom_fields f where f.org_id = new.org_id and f.id = new.field_id for share;
  if field.resource <> new.resource or not field.restricted then
    raise exception 'Only restricted fields of this kind of record have values here; those of others stand in `custom`.'
      using errcode = '23514', hint = 'custom_not_restricted', detail = field.key;
  end if;
  if not private.custom_fits(
    field.kind, field.choices, private.custom_as_json(field.kind, new.text_value, new.number_value, new.date_value)) then
    perform private.refuse_custom_value(field.key);
  end if;
  return null;
end
$$;
comment on function private.check_custom_value() is 'After a restricted value is written: it stands in its kind''s column and fits its field.';
create trigger custom_values_20_fits after insert or update on public.custom_values
  for each row execute function private.check_custom_value();

create trigger custom_values_90_touch before update on public.custom_values
  for each row execute function private.touch();

create function private.end_custom_values() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.custom_values v
  using old_rows o
  where v.org_id = o.org_id and v.resource = tg_table_name::text collate "default" and v.record_id = o.id;
  return null;
end
$$;
comment on function private.end_custom_values() is 'Removes the restricted values of records that are permanently deleted.';
create trigger companies_86_custom_values after delete on public.companies
  referencing old table as old_rows for each statement execute function private.end_custom_values();
create trigger contacts_86_custom_values after delete on public.contacts
  referencing old table as old_rows for each statement execute function private.end_custom_values();
create trigger deals_86_custom_values after delete on public.deals
  referencing old table as old_rows for each statement execute function private.end_custom_values();
