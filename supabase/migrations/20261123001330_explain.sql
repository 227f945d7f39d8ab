-- Who can see this, and why can't Ann? The same rules as the policies, told with their reasons (tested to agree with them).

create function private.reason_of(org uuid, member uuid, on_resource text, record uuid, owner uuid, may_do text) returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  seat record;
  share text;
begin
  select m.role_id, m.status, o.status as workspace_status, p.scope into seat
  from public.members m
  join public.organizations o on o.id = m.org_id
  left join public.role_permissions p
    on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = on_resource and p.action = may_do
  where m.org_id = org and m.user_id = member;
  if not found then return 'no:not_a_member'; end if;
  if seat.status <> 'active' then return 'no:suspended'; end if;
  if seat.workspace_status <> 'active' then return 'no:workspace_suspended'; end if;
  if seat.scope is null then return 'no:role'; end if;
  if seat.scope = 'all' then return 'role'; end if;
  if owner = member then return 'owner'; end if;
  if seat.scope = 'team' and exists (
    select from public.team_members a
    join public.team_members b on b.org_id = a.org_id and b.team_id = a.team_id
    where a.org_id = org and a.user_id = member and b.user_id = owner
  ) then
    return 'team';
  end if;
  if may_do in ('read', 'update') then
    select case when s.user_id is not null then 'share' else 'team_share' end into share
    from public.shares s
    left join public.team_members t on t.org_id = s.org_id and t.team_id = s.team_id and t.user_id = member
    where s.org_id = org and s.resource = on_resource and s.record_id = record
      and (s.user_id = member or t.user_id is not null)
      and (s.expires_at is null or s.expires_at > now()) and (may_do = 'read' or s.access = 'edit')
    order by s.user_id is null limit 1;
    if found then return share; end if;
  end if;
  if may_do = 'read' and exists (
    select from public.shares s
    left join public.team_members t on t.org_id = s.org_id and t.team_id = s.team_id and t.user_id = member
    where s.org_id = org and s.resource = on_resource and s.record_id = record
      and (s.user_id = member or t.user_id is not null) and s.expires_at <= now()
  ) then
    return 'no:share_expired';
  end if;
  if owner is null then return 'no:unowned'; end if;
  return case seat.scope when 'team' then 'no:other_team' else 'no:not_owner' end;
end
$$;
comment on function private.reason_of(uuid, uuid, text, uuid, uuid, text) is
  'Why a member may do an action on a record (role, owner, team, share, team_share), or after "no:" the rule that stops them. Sessions aside.';

create function private.record_for_reader(on_resource text, record uuid, out org uuid, out owner uuid)
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not private.may_on(on_resource, record, 'read') then
    perform private.refuse_reference('record', on_resource);
  end if;
  execute format('select r.org_id, r.owner_id from public.%I r where r.id = $1', on_resource) into org, owner using record;
end
$$;
comment on function private.record_for_reader(text, uuid) is 'Workspace and owner of a record the caller may read; an error otherwise.';

create function public.who_can_see(resource text, record uuid)
returns table (user_id uuid, full_name text, role text, reason text, may_edit boolean)
language plpgsql stable security definer set search_path = ''
as $$
declare
  org uuid;
  owner uuid;
begin
  select r.org, r.owner into org, owner from private.record_for_reader(resource, record) r;
  return query
    select w.user_id, w.full_name, w.role, w.reason,
      private.reason_of(org, w.user_id, resource, record, owner, 'update') not like 'no:%'
    from (
      select m.user_id, coalesce(nullif(p.full_name, ''), p.email) as full_name, r.name as role,
        private.reason_of(org, m.user_id, resource, record, owner, 'read') as reason
      from public.members m
      join public.profiles p on p.id = m.user_id
      join public.roles r on r.org_id = m.org_id and r.id = m.role_id
      where m.org_id = org
    ) w
    where w.reason not like 'no:%'
    order by w.full_name, w.user_id;
end
$$;
comment on function public.who_can_see(text, uuid) is
  'Everyone who may see a record that the caller sees, each with the reason: role (reads all), owner, team (shares a team with the owner), share or team_share.';
grant execute on function public.who_can_see(text, uuid) to authenticated;

create function public.why_not(resource text, record uuid, member uuid) returns table (reason text, role text, scope text)
language plpgsql stable security definer set search_path = ''
as $$
declare
  org uuid;
  owner uuid;
  why text;
  seat record;
begin
  select r.org, r.owner into org, owner from private.record_for_reader(resource, record) r;
  if org not in (select private.admin_orgs()) then
    raise exception 'Only admins ask why somebody else cannot see a record.' using errcode = '42501';
  end if;
  why := private.reason_of(org, member, resource, record, owner, 'read');
  select r.name, o.second_factor_required or r.second_factor_required as second_factor into seat
  from public.members m
  join public.roles r on r.org_id = m.org_id and r.id = m.role_id
  join public.organizations o on o.id = m.org_id
  where m.org_id = org and m.user_id = member;
  -- The record is open to them, but perhaps no session of theirs is.
  if why not like 'no:%' and seat.second_factor
    and not exists (select from auth.mfa_factors f where f.user_id = member and f.status = 'verified') then
    why := 'no:second_factor';
  end if;
  return query
    select case when why like 'no:%' then substr(why, 4) end, seat.name,
      (select p.scope from public.members m
        join public.role_permissions p on p.org_id = m.org_id and p.role_id = m.role_id and p.resource = why_not.resource and p.action = 'read'
        where m.org_id = org and m.user_id = member);
end
$$;
comment on function public.why_not(text, uuid, uuid) is
  'For admins: the rule that keeps a member from a record (null when nothing does), with their role and its scope: not_a_member, suspended, workspace_suspended, role, share_expired, unowned, other_team, not_owner, second_factor.';
grant execute on function public.why_not(text, uuid, uuid) to authenticated;

create function public.may_share(resource text, record uuid) returns boolean
language sql stable security invoker set search_path = ''
as $$ select exists (select from private.shareable_ids(may_share.resource, may_share.record)) $$;
comment on function public.may_share(text, uuid) is 'Whether the caller may show a record to others, so that the app can hide what would be refused.';
grant execute on function public.may_share(text, uuid) to authenticated;

create function public.shared_with_me(org uuid) returns table (resource text, record_id uuid, may_edit boolean, ends_at timestamptz)
language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := private.actor();
begin
  return query
    select s.resource, s.record_id, s.record_id = any (k.editable), min(s.expires_at)
    from (
      select kinds.resource, array(select private.shared_ids(kinds.resource, 'read')) as readable,
        array(select private.shared_ids(kinds.resource, 'update')) as editable
      from (values ('companies'), ('contacts'), ('deals')) kinds (resource)
    ) k
    join public.shares s on s.org_id = org and s.resource = k.resource and s.record_id = any (k.readable)
    where (s.expires_at is null or s.expires_at > now())
      and (s.user_id = me or s.team_id in (select t.team_id from public.team_members t where t.org_id = org and t.user_id = me))
    group by s.resource, s.record_id, k.editable;
end
$$;
comment on function public.shared_with_me(uuid) is 
  'The records of a workspace that are shared with the caller, whether that lets them edit, and when the first of the shares of each runs out.';
grant execute on function public.shared_with_me(uuid) to authenticated;
