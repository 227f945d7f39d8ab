-- What is done to records by function, because a policy cannot: trash, restore, assign (docs/decisions/001).

create function private.refuse_resource(resource text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  raise exception 'Unknown resource "%".', left(resource, 40)
    using errcode = '22023', hint = 'companies, contacts or deals';
end
$$;
comment on function private.refuse_resource(text) is 'The error for a resource that is no kind of record.';
grant execute on function private.refuse_resource(text) to authenticated;

create function private.set_trashed(resource text, ids uuid[], trashed boolean) returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if resource not in ('companies', 'contacts', 'deals') then
    perform private.refuse_resource(resource);
  end if;
  if cardinality(ids) > 10000 then
    raise exception 'At most 10000 records at a time.' using errcode = '22023';
  end if;
  return query execute format($sql$
    update public.%1$I r
    set deleted_at = case when $2 then now() end
    where r.id = any ($1) and r.org_id = any ($3) and (r.deleted_at is null) = $2
      and (r.org_id in (select private.orgs_where(%1$L, 'delete', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'delete') o))
      and (r.org_id in (select private.orgs_where(%1$L, 'read', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'read') o)
        or r.id in (select private.shared_ids(%1$L, 'read')))
    returning r.id
  $sql$, resource) using ids, trashed, private.known_orgs();
end
$$;
comment on function private.set_trashed(text, uuid[], boolean) is 'Sets or clears deleted_at where the caller may read and delete.';

create function public.trash_records(resource text, ids uuid[]) returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return query select private.set_trashed(resource, ids, true);
end
$$;
comment on function public.trash_records(text, uuid[]) is 'Puts records into the trash; needs the delete right. Returns the ids it moved.';
grant execute on function public.trash_records(text, uuid[]) to authenticated;

create function public.restore_records(resource text, ids uuid[]) returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return query select private.set_trashed(resource, ids, false);
end
$$;
comment on function public.restore_records(text, uuid[]) is 'Takes records out of the trash; needs the delete right. Returns the ids it moved.';
grant execute on function public.restore_records(text, uuid[]) to authenticated;

create function public.assign_records(resource text, ids uuid[], new_owner uuid) returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if resource not in ('companies', 'contacts', 'deals') then
    perform private.refuse_resource(resource);
  end if;
  if cardinality(ids) > 10000 then
    raise exception 'At most 10000 records at a time.' using errcode = '22023';
  end if;
  -- The same two questions as the update policy: the record as it is, and the owner it gets.
  return query execute format($sql$
    update public.%1$I r
    set owner_id = $2
    where r.id = any ($1) and r.org_id = any ($3) and r.owner_id is distinct from $2
      and (r.org_id in (select private.orgs_where(%1$L, 'read', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'read') o)
        or r.id in (select private.shared_ids(%1$L, 'read')))
      and (r.org_id in (select private.orgs_where(%1$L, 'update', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'update') o)
        or (r.owner_id is null and r.org_id in (select private.orgs_where(%1$L, 'update', 'own'))))
      and (r.org_id in (select private.orgs_where(%1$L, 'update', 'all'))
        or r.org_id in (select private.orgs_where(%1$L, 'assign', 'all'))
        or (r.org_id, $2) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'update') o)
        or (r.org_id, $2) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'assign') o))
    returning r.id
  $sql$, resource) using ids, new_owner, private.known_orgs();
end
$$;
comment on function public.assign_records(text, uuid[], uuid) is
  'Gives records to another owner (null: to nobody), also when the giver then no longer sees them. Returns the ids it gave.';
grant execute on function public.assign_records(text, uuid[], uuid) to authenticated;

create function public.export_records(org uuid, resource text, after uuid default null, max int default 1000) returns setof jsonb
language plpgsql stable security invoker set search_path = '' rows 1000
as $$
begin
  if resource not in ('companies', 'contacts', 'deals') then
    perform private.refuse_resource(resource);
  end if;
  if org not in (select private.orgs_where(resource, 'export', 'own')) then
    raise exception 'Your role does not allow you to export these records.' using errcode = '42501';
  end if;
  -- The policies say what is readable; the export right may reach less far.
  return query execute format($sql$
    select to_jsonb(r) from public.%1$I r
    where r.org_id = $1 and r.deleted_at is null and ($2 is null or r.id > $2)
      and ($1 in (select private.orgs_where(%1$L, 'export', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'export') o))
    order by r.id limit $3
  $sql$, resource) using org, after, least(greatest(coalesce(max, 1000), 1), 1000);
end
$$;
comment on function public.export_records(uuid, text, uuid, int) is
  'Records the caller may read and export, in the order of their ids, at most a thousand after an id.';
grant execute on function public.export_records(uuid, text, uuid, int) to authenticated;
