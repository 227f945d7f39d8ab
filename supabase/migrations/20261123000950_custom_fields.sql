-- Fields that a workspace adds to its records, and which roles read the restricted ones (docs/decisions/003).
-- Values of ordinary fields are keys of the record's own `custom`; values of restricted ones are rows of custom_values.

create function private.are_choices(choices jsonb) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  if jsonb_typeof(choices) <> 'array' or jsonb_array_length(choices) not between 1 and 100 then
    return false;
  end if;
  return (
    select bool_and(jsonb_typeof(c) = 'string' and char_length(btrim(c #>> '{}')) >= 1 and char_length(c #>> '{}') <= 80)
      and count(distinct c) = count(*)
    from jsonb_array_elements(choices) c);
end
$$;
comment on function private.are_choices(jsonb) is 'Whether this is a list of 1 to 100 different texts of at most 80 characters.';
grant execute on function private.are_choices(jsonb) to authenticated, service_role;

create table public.custom_fields (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  resource text not null,
  key text not null,
  label text not null,
  kind text not null,
  choices jsonb,
  restricted boolean not null default false,
  position int not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint custom_fields_org_id_id_key unique (org_id, id),
  constraint custom_fields_org_id_resource_key_key unique (org_id, resource, key),
  constraint custom_fields_resource_known check (resource in ('companies', 'contacts', 'deals')),
  constraint custom_fields_key_format check (key ~ '^[a-z][a-z0-9_]*$' and char_length(key) <= 48),
  constraint custom_fields_label_length check (char_length(btrim(label)) >= 1 and char_length(label) <= 60),
  constraint custom_fields_label_printable check (label !~ '[[:cntrl:]]'),
  constraint custom_fields_kind_known check (kind in ('text', 'number', 'date', 'boolean', 'choice')),
  constraint custom_fields_choices_known check (
    case kind when 'choice' then choices is not null and private.are_choices(choices) else choices is null end)
);
comment on table public.custom_fields is
  'Fields of a workspace''s own on companies, contacts or deals. Key and kind are chosen once: values stand under the one in the form of the other.';
comment on column public.custom_fields.restricted is 'Only some roles read it: its values are rows of custom_values, and its name is told to nobody else.';

create table public.custom_field_roles (
  org_id uuid not null,
  field_id uuid not null,
  role_id uuid not null,
  may_edit boolean not null default false,
  created_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  primary key (org_id, field_id, role_id),
  constraint custom_field_roles_field_fkey foreign key (org_id, field_id) references public.custom_fields (org_id, id) on delete cascade,
  constraint custom_field_roles_role_fkey foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade
);
comment on table public.custom_field_roles is
  'Roles that read a restricted field, and whether they also change it. The role admin does both without a row; no other row, no reading.';
create index custom_field_roles_role_idx on public.custom_field_roles (org_id, role_id);

alter table public.custom_fields enable row level security;
alter table public.custom_field_roles enable row level security;

create function private.open_fields(do_action text) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 10
as $$
begin
  return query
    select f.id
    from private.memberships m
    join public.roles r on r.org_id = m.org_id and r.id = m.role_id
    join public.custom_fields f on f.org_id = m.org_id and f.restricted
    where r.key = 'admin'
      or exists (
        select from public.custom_field_roles a
        where a.org_id = m.org_id and a.field_id = f.id and a.role_id = m.role_id and (do_action = 'read' or a.may_edit));
end
$$;
comment on function private.open_fields(text) is 'Restricted fields that the caller''s role may read or update.';
grant execute on function private.open_fields(text) to authenticated;

-- A label can tell ("Reason of dismissal"), so that a restricted field is known to its readers and to those who look after fields.
create policy "members read fields that are open to them" on public.custom_fields for select to authenticated
  using (
    org_id = any (array(select private.my_orgs()))
    and (not restricted
      or id in (select private.open_fields('read'))
      or org_id = any (array(select private.orgs_where('custom_fields', 'update', 'all')))));
create policy "admins add fields" on public.custom_fields for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('custom_fields', 'create', 'all')))
    and (not restricted or org_id = any (array(select private.admin_orgs()))));
create policy "admins edit fields" on public.custom_fields for update to authenticated
  using (org_id = any (array(select private.orgs_where('custom_fields', 'update', 'all'))));
create policy "admins remove fields" on public.custom_fields for delete to authenticated
  using (
    org_id = any (array(select private.orgs_where('custom_fields', 'delete', 'all')))
    and (not restricted or org_id = any (array(select private.admin_orgs()))));

grant select, delete,
  insert (org_id, resource, key, label, kind, choices, restricted, position),
  update (label, choices, restricted, position)
  on public.custom_fields to authenticated;
grant select, insert, update, delete on public.custom_fields to service_role;

-- Who reads a restricted field is for admins alone to say: whoever edits roles or fields would open it to their own or an accomplice's role.
create policy "readers and keepers of a field see who reads it" on public.custom_field_roles for select to authenticated
  using (
    org_id = any (array(select private.orgs_where('custom_fields', 'update', 'all')))
    or field_id in (select private.open_fields('read')));
create policy "admins open fields to roles" on public.custom_field_roles for insert to authenticated
  with check (org_id = any (array(select private.admin_orgs())) and role_id <> all (array(select private.admin_roles())));
create policy "admins say which roles change a field" on public.custom_field_roles for update to authenticated
  using (org_id = any (array(select private.admin_orgs())));
create policy "admins close fields to roles" on public.custom_field_roles for delete to authenticated
  using (org_id = any (array(select private.admin_orgs())));

grant select, delete, insert (org_id, field_id, role_id, may_edit), update (may_edit) on public.custom_field_roles to authenticated;
grant select, insert, update, delete on public.custom_field_roles to service_role;

create function private.keep_restriction() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.actor() is not null and new.org_id not in (select private.admin_orgs()) then
    raise exception 'Only admins decide who reads a field.' using errcode = '42501', hint = 'field_restriction';
  end if;
  return new;
end
$$;
comment on function private.keep_restriction() is 'Before a field is restricted, or opened to every member.';
create trigger custom_fields_10_restriction before update of restricted on public.custom_fields
  for each row when (old.restricted <> new.restricted) execute function private.keep_restriction();

-- Every record that is written is held against the definitions: they stay few. Strangers are refused by the policy, whatever this finds.
create function private.keep_fields_few() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if 100 < (select count(*) from public.custom_fields f where f.org_id = new.org_id and f.resource = new.resource) then
    raise exception 'At most 100 fields for one kind of record.' using errcode = 'P0001', hint = 'too_many_fields';
  end if;
  return null;
end
$$;
comment on function private.keep_fields_few() is 'After insert: no kind of record has more than a hundred fields.';
create trigger custom_fields_20_few after insert on public.custom_fields
  for each row execute function private.keep_fields_few();

create trigger custom_fields_90_touch before update on public.custom_fields
  for each row execute function private.touch();

-- A field's form is saved at once: one message to the tabs, and never restricted without its readers.
create function public.save_custom_field(
  field uuid, new_label text, new_choices jsonb, new_restricted boolean, readers jsonb default null, seen_version int default null) returns int
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  org uuid;
  saved int;
begin
  -- readers: [{role_id, may_edit}], null to leave them; seen_version: of the field as the form showed it, null to not ask. The policies decide what is allowed.
  perform private.remember_orgs();
  select f.org_id into org from public.custom_fields f where f.id = field;
  if not found then
    perform private.refuse_reference('field', 'custom_fields');
  end if;
  update public.custom_fields f set label = new_label, choices = new_choices, restricted = new_restricted
    where f.id = field and (seen_version is null or f.version = seen_version)
    returning f.version into saved;
  if not found then
    -- A form that another admin's change has not reached would open again what they have just closed.
    if exists (select from public.custom_fields f where f.id = field and f.version <> seen_version) then
      raise exception 'Somebody else changed this field meanwhile. Look at it as it is now, then save again.'
        using errcode = 'PT409', hint = 'field_changed';
    end if;
    raise exception 'Your role does not allow you to change fields.' using errcode = '42501';
  end if;
  if readers is null then
    return saved;
  end if;
  delete from public.custom_field_roles r
    where r.org_id = org and r.field_id = field
      and not exists (select from jsonb_to_recordset(readers) w (role_id uuid) where w.role_id = r.role_id);
  insert into public.custom_field_roles as r (org_id, field_id, role_id, may_edit)
    select org, field, w.role_id, w.may_edit
    from jsonb_to_recordset(readers) w (role_id uuid, may_edit boolean)
    where not exists (
      select from public.custom_field_roles r
      where r.org_id = org and r.field_id = field and r.role_id = w.role_id and r.may_edit = w.may_edit)
    on conflict (org_id, field_id, role_id) do update set may_edit = excluded.may_edit;
  -- A policy that forbids a delete says nothing: what is there now must be what was asked for.
  if exists (
    select r.role_id from public.custom_field_roles r where r.org_id = org and r.field_id = field
    except
    select w.role_id from jsonb_to_recordset(readers) w (role_id uuid)
  ) then
    raise exception 'Only admins decide who reads a field.' using errcode = '42501', hint = 'field_restriction';
  end if;
  return saved;
end
$$;
comment on function public.save_custom_field(uuid, text, jsonb, boolean, jsonb, int) is
  'Changes a field and which roles read it when restricted, all or none of it; returns its new version. Readers: [{role_id, may_edit}], null to leave them; 409 when it is no longer of the version its author saw (null to not ask).';
grant execute on function public.save_custom_field(uuid, text, jsonb, boolean, jsonb, int) to authenticated;
