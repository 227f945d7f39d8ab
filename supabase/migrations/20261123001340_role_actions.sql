-- A role's whole matrix is saved at once: one message to the tabs, and never half of it.

create function public.set_role_rights(role uuid, rights jsonb, ruled_fields jsonb default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  org uuid;
begin
  -- rights: [{resource, action, scope}]; ruled_fields: [{resource, field}], null to leave them. The policies decide what is allowed.
  perform private.remember_orgs();
  select r.org_id into org from public.roles r where r.id = set_role_rights.role;
  if not found then
    perform private.refuse_reference('role', 'roles');
  end if;
  delete from public.role_permissions p
    where p.org_id = org and p.role_id = set_role_rights.role
      and not exists (
        select from jsonb_to_recordset(rights) w (resource text, action text) where w.resource = p.resource and w.action = p.action);
  insert into public.role_permissions as p (org_id, role_id, resource, action, scope)
    select org, set_role_rights.role, w.resource, w.action, w.scope
    from jsonb_to_recordset(rights) w (resource text, action text, scope text)
    where not exists (
      select from public.role_permissions p
      where p.org_id = org and p.role_id = set_role_rights.role and p.resource = w.resource and p.action = w.action and p.scope = w.scope)
    on conflict (org_id, role_id, resource, action) do update set scope = excluded.scope;
  if ruled_fields is not null then
    delete from public.field_rules f
      where f.org_id = org and f.role_id = set_role_rights.role
        and not exists (
          select from jsonb_to_recordset(ruled_fields) w (resource text, field text) where w.resource = f.resource and w.field = f.field);
    insert into public.field_rules (org_id, role_id, resource, field)
      select org, set_role_rights.role, w.resource, w.field from jsonb_to_recordset(ruled_fields) w (resource text, field text)
      on conflict do nothing;
  end if;
  -- A policy that forbids a delete says nothing: what is there now must be what was asked for.
  if exists (
    select p.resource, p.action, p.scope from public.role_permissions p where p.org_id = org and p.role_id = set_role_rights.role
    except
    select w.resource, w.action, w.scope from jsonb_to_recordset(rights) w (resource text, action text, scope text)
  ) or ruled_fields is not null and exists (
    select f.resource, f.field from public.field_rules f where f.org_id = org and f.role_id = set_role_rights.role
    except
    select w.resource, w.field from jsonb_to_recordset(ruled_fields) w (resource text, field text)
  ) then
    raise exception 'You may not change what this role may do.' using errcode = '42501', hint = 'role_kept';
  end if;
end
$$;
comment on function public.set_role_rights(uuid, jsonb, jsonb) is
  'Makes a role''s rights exactly these, all or none of it. Rights: [{resource, action, scope}]; ruled fields: [{resource, field}], null to leave them.';
grant execute on function public.set_role_rights(uuid, jsonb, jsonb) to authenticated;
