-- What is done to values of the workspace's own fields by function or because their field changed.

-- A field becomes restricted, open, or goes --------------------------------------------------------------------------------

create function private.count_values(field public.custom_fields) returns int
language plpgsql stable security definer set search_path = ''
as $$
declare
  found int;
begin
  if field.restricted then
    return (select count(*) from public.custom_values v where v.org_id = field.org_id and v.field_id = field.id);
  end if;
  execute format('select count(*) from public.%I r where r.org_id = $1 and r.custom ? $2', field.resource)
    into found using field.org_id, field.key;
  return found;
end
$$;
comment on function private.count_values(public.custom_fields) is 'How many records have a value in a field.';

create function public.count_custom_values(field uuid) returns int
language plpgsql stable security definer set search_path = ''
as $$
declare
  known constant uuid[] := private.known_orgs();
  counted public.custom_fields;
begin
  select f.* into counted from public.custom_fields f
    where f.id = count_custom_values.field and f.org_id = any (known)
      and f.org_id in (select private.orgs_where('custom_fields', 'delete', 'all'))
      and (not f.restricted or f.org_id in (select private.admin_orgs()));
  if not found then
    perform private.refuse_reference('field', 'custom_fields');
  end if;
  return private.count_values(counted);
end
$$;
comment on function public.count_custom_values(uuid) is 'How many values would go with a field, for whoever may remove it.';
grant execute on function public.count_custom_values(uuid) to authenticated;

-- Values move or go in one statement, within the time that one may take, and while nobody writes others (private.check_custom).
create function private.begin_move(held public.custom_fields) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('custom:' || held.resource || ':' || held.org_id, 0));
  if private.count_values(held) > 20000 then
    raise exception 'This field has more than 20000 values: too many to move or remove at once. Empty it in parts first.'
      using errcode = 'P0001', hint = 'too_many_values';
  end if;
end
$$;
comment on function private.begin_move(public.custom_fields) is 'Keeps a field''s values still until the transaction ends; refuses when they are more than 20000.';

create function private.set_apart(field public.custom_fields) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  misfits int;
begin
  execute format($sql$
    select count(*) from public.%I r
    where r.org_id = $1 and r.custom ? $2 and r.custom -> $2 <> 'null' and not private.custom_fits($3, $4, r.custom -> $2)
  $sql$, field.resource) into misfits using field.org_id, field.key, field.kind, field.choices;
  if misfits > 0 then
    raise exception 'On % records the value of this field does not fit its kind or choices. Correct them first.', misfits
      using errcode = 'P0001', hint = 'custom_misfits';
  end if;
  execute format($sql$
    insert into public.custom_values (org_id, resource, record_id, field_id, text_value, number_value, date_value)
    select r.org_id, $5, r.id, $3,
      case when $4 in ('text', 'choice') then r.custom ->> $2 end,
      case $4 when 'number' then (r.custom ->> $2)::float8 when 'boolean' then (r.custom ->> $2)::boolean::int end,
      case $4 when 'date' then (r.custom ->> $2)::date end
    from public.%I r
    where r.org_id = $1 and r.custom ? $2 and r.custom -> $2 <> 'null'
  $sql$, field.resource) using field.org_id, field.key, field.id, field.kind, field.resource;
end
$$;
comment on function private.set_apart(public.custom_fields) is 'Copies a field''s values out of `custom` into custom_values.';

create function private.drop_from_custom(field public.custom_fields) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  execute format('update public.%I r set custom = r.custom - $2 where r.org_id = $1 and r.custom ? $2', field.resource)
    using field.org_id, field.key;
end
$$;
comment on function private.drop_from_custom(public.custom_fields) is 'Removes a field''s key from `custom` of every record of its workspace.';

create function private.move_custom_values() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  held public.custom_fields := new;
begin
  -- Where its values are: before this change, or under the key of a new field since before it was one.
  held.restricted := not new.restricted;
  perform private.begin_move(held);
  if new.restricted then
    perform private.set_apart(new);
    perform private.drop_from_custom(new);
    return null;
  end if;
  execute format($sql$
    update public.%I r
    set custom = r.custom || jsonb_build_object($2, private.custom_as_json($3, v.text_value, v.number_value, v.date_value))
    from public.custom_values v
    where v.org_id = $1 and v.field_id = $4 and r.org_id = v.org_id and r.id = v.record_id
  $sql$, new.resource) using new.org_id, new.key, new.kind, new.id;
  delete from public.custom_values v where v.org_id = new.org_id and v.field_id = new.id;
  return null;
end
$$;
comment on function private.move_custom_values() is 'After a field was restricted or opened: its values go where they belong now.';
create trigger custom_fields_30_apart after insert on public.custom_fields
  for each row when (new.restricted) execute function private.move_custom_values();
create trigger custom_fields_30_moved after update of restricted on public.custom_fields
  for each row when (old.restricted <> new.restricted) execute function private.move_custom_values();

create function private.end_custom_field() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (select from public.organizations o where o.id = old.org_id) then
    perform private.begin_move(old);
    perform private.drop_from_custom(old);
  end if;
  return null;
end
$$;
comment on function private.end_custom_field() is 'After an ordinary field is removed: its values go too. Those of a restricted one go by their foreign key.';
create trigger custom_fields_30_ended after delete on public.custom_fields
  for each row when (not old.restricted) execute function private.end_custom_field();

-- A record's values are saved ----------------------------------------------------------------------------------------------

create function private.refuse_custom_change(key text, changed_meanwhile boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if changed_meanwhile then
    raise exception 'Somebody else changed "%" meanwhile.', left(key, 48)
      using errcode = 'PT409', hint = 'custom_conflict', detail = left(key, 48);
  end if;
  raise exception 'Your role does not allow you to change this field.' using errcode = '42501', hint = 'field_ruled', detail = left(key, 48);
end
$$;
comment on function private.refuse_custom_change(text, boolean) is 'The error for a value that changed meanwhile, and for one the caller may not change.';
grant execute on function private.refuse_custom_change(text, boolean) to authenticated;

create function private.set_restricted_value(field public.custom_fields, record uuid, value jsonb, base jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  held constant jsonb := (
    select private.custom_as_json(field.kind, v.text_value, v.number_value, v.date_value) from public.custom_values v
    where v.org_id = field.org_id and v.field_id = field.id and v.record_id = record);
begin
  if value = 'null' then
    delete from public.custom_values v
      where v.org_id = field.org_id and v.field_id = field.id and v.record_id = record
        and (base is null or private.custom_as_json(field.kind, v.text_value, v.number_value, v.date_value) = base);
    if not found and (held is not null or field.id not in (select private.open_fields('update'))) then
      perform private.refuse_custom_change(field.key, base is not null and base <> held);
    end if;
    return;
  end if;
  if not private.custom_fits(field.kind, field.choices, value) then
    perform private.refuse_custom_value(field.key);
  end if;
  insert into public.custom_values as v (org_id, resource, record_id, field_id, text_value, number_value, date_value)
  select field.org_id, field.resource, record, field.id,
    case when field.kind in ('text', 'choice') then value #>> '{}' end,
    case field.kind when 'number' then (value #>> '{}')::float8 when 'boolean' then (value #>> '{}')::boolean::int end,
    case field.kind when 'date' then (value #>> '{}')::date end
  -- Somebody has emptied what the caller saw filled.
  where base is null or base = 'null' or held is not null
  on conflict (org_id, field_id, record_id) do update
    set text_value = excluded.text_value, number_value = excluded.number_value, date_value = excluded.date_value
    where base is null or private.custom_as_json(field.kind, v.text_value, v.number_value, v.date_value) = base;
  if not found then
    perform private.refuse_custom_change(field.key, true);
  end if;
end
$$;
comment on function private.set_restricted_value(public.custom_fields, uuid, jsonb, jsonb) is
  'Writes one restricted value with the caller''s own rights, if it is still as they saw it (base; null to not ask).';
grant execute on function private.set_restricted_value(public.custom_fields, uuid, jsonb, jsonb) to authenticated;

create function public.set_custom_values(resource text, record uuid, changes jsonb, base jsonb default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  org uuid;
  field public.custom_fields;
  patch jsonb := changes;
  seen jsonb;
  written int;
  stale text;
begin
  -- changes: {key: value, null to empty it}; base: {key: value the caller saw, null for none}, only for the keys that must not have changed.
  if resource not in ('companies', 'contacts', 'deals') then
    perform private.refuse_resource(resource);
  end if;
  if jsonb_typeof(changes) <> 'object' or jsonb_typeof(base) <> 'object' then
    raise exception 'Changes and base are objects of values by key.' using errcode = '22023';
  end if;
  perform private.remember_orgs();
  execute format('select r.org_id from public.%I r where r.id = $1', resource) into org using record;
  if org is null then
    perform private.refuse_reference('record', resource);
  end if;
  for field in
    select f.* from public.custom_fields f
    where f.org_id = org and f.resource = set_custom_values.resource and f.restricted and changes ? f.key
  loop
    perform private.set_restricted_value(field, record, changes -> field.key, base -> field.key);
    patch := patch - field.key;
  end loop;
  -- Without an ordinary one the record stays as it is: its version would tell others that something changed.
  if patch = '{}' then
    return;
  end if;
  seen := (select jsonb_object_agg(b.key, b.value) from jsonb_each(base) b where patch ? b.key);
  execute format($sql$
    update public.%I r
    set custom = (r.custom || $2) - array(select p.key from jsonb_each($2) p where p.value = 'null')
    where r.id = $1
      and not exists (select from jsonb_each($3) b where coalesce(r.custom -> b.key, 'null') <> b.value)
  $sql$, resource) using record, patch, seen;
  get diagnostics written = row_count;
  if written = 0 then
    execute format(
      'select min(b.key) from public.%I r, jsonb_each($2) b where r.id = $1 and coalesce(r.custom -> b.key, ''null'') <> b.value', resource)
      into stale using record, seen;
    perform private.refuse_custom_change(coalesce(stale, 'custom'), stale is not null);
  end if;
end
$$;
comment on function public.set_custom_values(text, uuid, jsonb, jsonb) is
  'Changes some of a record''s own fields, ordinary and restricted, all or none of it. Changes: {key: value, null to empty it}; base: {key: value the caller saw}, answered with 409 where it is another now.';
grant execute on function public.set_custom_values(text, uuid, jsonb, jsonb) to authenticated;
