-- What is done to members by function: removing one with their records, handing a workspace over, and what the caller has at all.

create function public.remove_member(org uuid, member uuid, reassign_to uuid default null) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  caller constant uuid := private.actor();
  given bigint := 0;
  rows bigint;
  resource text;
  theirs uuid;
begin
  select m.role_id into theirs from public.members m where m.org_id = org and m.user_id = member
    and org in (select private.my_orgs()) for update;
  if not found then
    perform private.refuse_reference('member', 'members');
  end if;
  if org not in (select private.orgs_where('members', 'delete', 'all')) or theirs in (select private.kept_roles()) then
    if member <> caller then
      raise exception 'Your role does not allow you to remove this member.' using errcode = '42501';
    elsif reassign_to is not null then
      raise exception 'Whoever leaves does not choose who takes over. Ask an admin.' using errcode = '42501';
    end if;
  end if;
  if reassign_to = member then
    raise exception 'The records must go to somebody else.' using errcode = '22023', hint = 'reassign_to_self';
  end if;
  if reassign_to is not null then
    foreach resource in array array['companies', 'contacts', 'deals'] loop
      -- The right to remove members is not the right to their records.
      if org not in (select private.orgs_where(resource, 'assign', 'all')) and org not in (select private.orgs_where(resource, 'update', 'all')) then
        raise exception 'Your role does not allow you to give these records to somebody else.' using errcode = '42501', hint = 'may_not_assign';
      end if;
      execute format('update public.%I r set owner_id = $3 where r.org_id = $1 and r.owner_id = $2', resource) using org, member, reassign_to;
      get diagnostics rows = row_count;
      given := given + rows;
    end loop;
  end if;
  delete from public.members m where m.org_id = org and m.user_id = member;
  return given;
end
$$;
comment on function public.remove_member(uuid, uuid, uuid) is
  'Removes a member and gives their records, trashed ones too, to another active member (null: to nobody). Returns how many it gave.';
grant execute on function public.remove_member(uuid, uuid, uuid) to authenticated;

create function public.transfer_workspace(org uuid, new_owner uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := private.actor();
begin
  perform from public.organizations o
    where o.id = org and o.owner_id = me and o.id in (select private.admin_orgs()) for no key update;
  if not found then
    raise exception 'Only its owner hands a workspace over.' using errcode = '42501';
  end if;
  perform from public.members m
    join public.roles r on r.org_id = m.org_id and r.id = m.role_id
    where m.org_id = org and m.user_id = new_owner and m.status = 'active' and r.key = 'admin' for share of m;
  if not found then
    raise exception 'The new owner must be an active admin of the workspace.' using errcode = 'P0001', hint = 'owner_not_admin';
  end if;
  update public.organizations o set owner_id = new_owner where o.id = org;
end
$$;
comment on function public.transfer_workspace(uuid, uuid) is 'Hands the caller''s workspace over to another of its admins.';
grant execute on function public.transfer_workspace(uuid, uuid) to authenticated;

create function private.session_young(max_hours int) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from auth.sessions s
    where s.id::text = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'session_id'
      and s.created_at > now() - make_interval(hours => max_hours));
end
$$;
comment on function private.session_young(int) is 'Whether the caller''s session began at most so many hours ago.';

create function public.my_workspaces()
returns table (id uuid, name text, slug text, role text, is_owner boolean, state text)
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
    select o.id, o.name, o.slug, r.name, coalesce(o.owner_id = m.user_id, false),
      case
        when o.status <> 'active' then 'workspace_suspended'
        when m.status <> 'active' then 'suspended'
        when private.session_satisfies(o.second_factor_required or r.second_factor_required, o.session_hours) then 'open'
        when not private.session_lives() then 'session_ended'
        when o.session_hours is not null and not private.session_young(o.session_hours) then 'session_too_old'
        else 'second_factor'
      end
    from public.members m
    join public.organizations o on o.id = m.org_id
    join public.roles r on r.org_id = m.org_id and r.id = m.role_id
    where m.user_id = private.actor() and (private.viewed_org() is null or m.org_id = private.viewed_org())
    order by o.name, o.id;
end
$$;
comment on function public.my_workspaces() is
  'Every workspace the caller belongs to, and why one is closed to this session: suspended, workspace_suspended, second_factor, session_too_old, session_ended.';
grant execute on function public.my_workspaces() to authenticated;
