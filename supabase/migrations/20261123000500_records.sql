-- What companies, contacts and deals have in common: the checks of their triggers. Each table's own file attaches them.

-- Before everything else, so that the answers of the other checks tell strangers nothing (docs/decisions/007). Functions that make records
-- have asked already; asked of every row of an import it would take as long as the rest.
create function private.check_membership() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if private.actor() is not null and not exists (select from private.memberships m where m.org_id = new.org_id) then
    raise exception 'new row violates row-level security policy for table "%"', tg_table_name using errcode = '42501';
  end if;
  return new;
end
$$;
comment on function private.check_membership() is 'Before insert: the workspace is open to the caller.';

-- An owner is an active member at the moment of assignment; later a suspended one keeps the records.
create function private.check_owner() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if new.owner_id is null or (tg_op = 'UPDATE' and new.owner_id is not distinct from old.owner_id) then
    return new;
  end if;
  if not exists (
    select from public.members m where m.org_id = new.org_id and m.user_id = new.owner_id and m.status = 'active'
  ) then
    raise exception 'The owner must be an active member of the workspace.'
      using errcode = '23503', detail = 'owner_id', hint = 'owner_not_active', table = tg_table_name, column = 'owner_id';
  end if;
  return new;
end
$$;
comment on function private.check_owner() is 'Before insert and before update of owner_id: the owner is an active member of the same workspace.';

create function private.refuse_reference(column_name text, table_name text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  raise exception 'The record that % points to does not exist or is not visible to you.', column_name
    using errcode = '23503', detail = column_name, hint = 'reference_not_found', table = table_name, column = column_name;
end
$$;
comment on function private.refuse_reference(text, text) is 'The one error for a target that is not there and for one that the writer may not see.';
grant execute on function private.refuse_reference(text, text) to authenticated;

-- Runs with the writer's own rights: the lookups go through row-level security.
create function private.check_company_reference() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if new.company_id is not null and (tg_op = 'INSERT' or new.company_id is distinct from old.company_id) and not exists (
    select from public.companies c where c.org_id = new.org_id and c.id = new.company_id
  ) then
    perform private.refuse_reference('company_id', tg_table_name);
  end if;
  return new;
end
$$;
comment on function private.check_company_reference() is 'Before insert and before update of company_id: the writer can see the company.';

create function private.check_contact_reference() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if new.contact_id is not null and (tg_op = 'INSERT' or new.contact_id is distinct from old.contact_id) and not exists (
    select from public.contacts c where c.org_id = new.org_id and c.id = new.contact_id
  ) then
    perform private.refuse_reference('contact_id', tg_table_name);
  end if;
  return new;
end
$$;
comment on function private.check_contact_reference() is 'Before insert and before update of contact_id: the writer can see the contact.';

-- Rules on fields -----------------------------------------------------------------------------------------------------------

create table public.field_rules (
  org_id uuid not null references public.organizations (id) on delete cascade,
  role_id uuid not null,
  resource text not null,
  field text not null,
  created_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  primary key (org_id, role_id, resource, field),
  constraint field_rules_role_fkey foreign key (org_id, role_id) references public.roles (org_id, id) on delete cascade,
  -- Exactly the columns there are: a rule on one that is missing would stop every change.
  constraint field_rules_field_known check (
    (resource in ('companies', 'contacts', 'deals') and field in ('description', 'owner_id', 'custom', 'deleted_at'))
    or (resource = 'companies' and field in ('name', 'domain', 'industry', 'phone', 'city', 'country'))
    or (resource = 'contacts' and field in ('first_name', 'last_name', 'email', 'phone', 'title', 'company_id'))
    or (resource = 'deals' and field in (
      'name', 'amount', 'currency', 'pipeline_id', 'stage_id', 'company_id', 'contact_id', 'expected_close', 'closed_on', 'close_reason')))
);
comment on table public.field_rules is
  'Fields that a role may not change on existing records, however its members come to them. No row, no rule; the role admin has none.';

alter table public.field_rules enable row level security;

create policy "members read field rules" on public.field_rules for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins set field rules" on public.field_rules for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.admin_roles()))
    and role_id <> all (array(select private.my_roles())));
create policy "admins lift field rules" on public.field_rules for delete to authenticated
  using (
    org_id = any (array(select private.orgs_where('roles', 'update', 'all')))
    and role_id <> all (array(select private.my_roles())));

grant select, insert (org_id, role_id, resource, field), delete on public.field_rules to authenticated;
grant select, insert, update, delete on public.field_rules to service_role;

create function private.keep_ruled_fields() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  rule record;
  changed uuid;
begin
  for rule in
    select r.org_id, r.field,
      -- What a foreign key empties because its target is gone is not the member's doing.
      case r.field
        when 'owner_id' then 'exists (select from public.members t where t.org_id = o.org_id and t.user_id = o.owner_id)'
        when 'company_id' then 'exists (select from public.companies t where t.org_id = o.org_id and t.id = o.company_id)'
        when 'contact_id' then 'exists (select from public.contacts t where t.org_id = o.org_id and t.id = o.contact_id)'
        else 'true'
      end as target_exists
    from private.memberships m
    join public.field_rules r on r.org_id = m.org_id and r.role_id = m.role_id and r.resource = tg_table_name
    order by r.field
  loop
    execute format($sql$
      select n.id from new_rows n join old_rows o on o.id = n.id
      where n.org_id = $1 and n.%1$I is distinct from o.%1$I and (n.%1$I is not null or o.%1$I is null or %2$s) limit 1
    $sql$, rule.field, rule.target_exists) into changed using rule.org_id;
    if changed is not null then
      raise exception 'Your role does not allow you to change this field.'
        using errcode = '42501', hint = 'field_ruled', detail = rule.field, table = tg_table_name, column = rule.field;
    end if;
  end loop;
  return null;
end
$$;
comment on function private.keep_ruled_fields() is 'After update, once per statement: no row differs in a field that the caller''s role may not change.';

-- What every kind of record has -----------------------------------------------------------------------------------------------

-- Who reaches which rows, and what is asked before and after a change: one text, so that no kind of record has rules of its own by accident.
create procedure private.govern_records(kind text)
language plpgsql security invoker set search_path = ''
as $$
begin
  execute format($sql$
    alter table public.%1$I enable row level security;

    create policy "members read %1$s in their scope" on public.%1$I for select to authenticated
      using (
        org_id = any (array(select private.orgs_where(%1$L, 'read', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'read') o)
        or id in (select private.shared_ids(%1$L, 'read')));
    create policy "members create %1$s in their scope" on public.%1$I for insert to authenticated
      with check (
        org_id = any (array(select private.orgs_where(%1$L, 'create', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'create') o));
    -- Unowned ones may be claimed, own ones given away: see docs/decisions/001.
    create policy "members edit %1$s in their scope" on public.%1$I for update to authenticated
      using (
        org_id = any (array(select private.orgs_where(%1$L, 'update', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'update') o)
        or (owner_id is null and org_id = any (array(select private.orgs_where(%1$L, 'update', 'own'))))
        or id in (select private.shared_ids(%1$L, 'update')))
      with check (
        org_id = any (array(select private.orgs_where(%1$L, 'update', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'update') o)
        or org_id = any (array(select private.orgs_where(%1$L, 'assign', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'assign') o)
        or id in (select private.shared_ids(%1$L, 'update')));
    create policy "members delete %1$s in their scope" on public.%1$I for delete to authenticated
      using (
        org_id = any (array(select private.orgs_where(%1$L, 'delete', 'all')))
        or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'delete') o));

    grant select, insert, update, delete on public.%1$I to service_role;

    create trigger %1$s_05_membership before insert on public.%1$I
      for each row when (row_security_active('public.%1$I')) execute function private.check_membership();
    create trigger %1$s_10_owner before insert or update of owner_id on public.%1$I
      for each row execute function private.check_owner();
    create trigger %1$s_90_touch before update on public.%1$I
      for each row execute function private.touch();
    create trigger %1$s_11_shared_owner before update of owner_id on public.%1$I
      for each row when (row_security_active('public.%1$I') and new.owner_id is distinct from old.owner_id)
      execute function private.keep_shared_owner();
    create trigger %1$s_60_ruled_fields after update on public.%1$I
      referencing old table as old_rows new table as new_rows for each statement execute function private.keep_ruled_fields();
    create trigger %1$s_85_shares after delete on public.%1$I
      referencing old table as old_rows for each statement execute function private.end_shares();
  $sql$, kind);
end
$$;
comment on procedure private.govern_records(text) is
  'For migrations: the policies and triggers of a table of records, which has org_id, owner_id and what touch() keeps. Which columns members write is granted apart.';
