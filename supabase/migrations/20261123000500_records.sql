-- What companies, contacts and deals have in common: the checks of their triggers. Each table's own file attaches them.

-- An owner is an active member at the moment of assignment; later a suspended one keeps the records. On insert it first asks
-- whether the caller belongs to the workspace, so that its answers tell strangers nothing (docs/decisions/007).
create function private.check_owner() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller constant uuid := private.actor();
begin
  if tg_op = 'INSERT' and caller is not null and not exists (
    select from public.members m where m.org_id = new.org_id and m.user_id = caller and m.status = 'active'
  ) then
    raise exception 'new row violates row-level security policy for table "%"', tg_table_name using errcode = '42501';
  end if;
  if new.owner_id is null or (tg_op = 'INSERT' and new.owner_id = caller) or (tg_op = 'UPDATE' and new.owner_id is not distinct from old.owner_id) then
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
