-- One record shown to one person or team, to read or to edit, perhaps until a date (docs/decisions/017).

create table public.shares (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  resource text not null,
  record_id uuid not null,
  user_id uuid,
  team_id uuid,
  access text not null default 'read',
  expires_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint shares_org_id_id_key unique (org_id, id),
  constraint shares_record_once unique nulls not distinct (org_id, resource, record_id, user_id, team_id),
  constraint shares_member_fkey foreign key (org_id, user_id) references public.members (org_id, user_id) on delete cascade,
  constraint shares_team_fkey foreign key (org_id, team_id) references public.teams (org_id, id) on delete cascade,
  constraint shares_resource_known check (resource in ('companies', 'contacts', 'deals')),
  constraint shares_access_known check (access in ('read', 'edit')),
  constraint shares_with_one check (num_nonnulls(user_id, team_id) = 1)
);
comment on table public.shares is
  'A record within reach of one member or team beyond their scope. It widens how far their rights reach, never which rights their role has.';
comment on column public.shares.expires_at is 'The moment it ends by itself; null for never.';
create index shares_member_idx on public.shares (org_id, user_id, resource) where user_id is not null;
create index shares_team_idx on public.shares (org_id, team_id, resource) where team_id is not null;

alter table public.shares enable row level security;

create function private.shared_ids(on_resource text, may_do text) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 20
as $$
declare
  -- Apart from the shares: in one statement with them the planner may begin at everybody's shares, and look at each one's workspace.
  me constant uuid := private.actor();
  orgs constant uuid[] := array(select private.orgs_where(on_resource, may_do, 'own'));
begin
  return query
    select s.record_id
    from public.shares s
    where s.org_id = any (orgs) and s.user_id = me and s.resource = on_resource
      and (s.expires_at is null or s.expires_at > now()) and (may_do = 'read' or s.access = 'edit')
    union
    select s.record_id
    from public.team_members t
    join public.shares s on s.org_id = t.org_id and s.team_id = t.team_id and s.resource = on_resource
    where t.org_id = any (orgs) and t.user_id = me
      and (s.expires_at is null or s.expires_at > now()) and (may_do = 'read' or s.access = 'edit');
end
$$;
comment on function private.shared_ids(text, text) is
  'Records shared with the caller, on which their role allows the action (read or update) at least for own ones.';
grant execute on function private.shared_ids(text, text) to authenticated;

create function private.may_on(on_resource text, record uuid, do_action text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
declare
  answer boolean;
begin
  if on_resource not in ('companies', 'contacts', 'deals') then
    return false;
  end if;
  execute format($sql$
    select r.org_id in (select private.orgs_where(%1$L, $2, 'all'))
      or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, $2) o)
      or ($2 in ('read', 'update') and r.id in (select private.shared_ids(%1$L, $2)))
    from public.%1$I r where r.id = $1 and r.org_id = any ($3)
  $sql$, on_resource) into answer using record, do_action, private.known_orgs();
  return coalesce(answer, false);
end
$$;
comment on function private.may_on(text, uuid, text) is 'Whether the caller may do an action on one record, by scope or share: what its policies say, for functions.';

-- Whoever may change a record by their role may share it; a share is not passed on.
create function private.shareable_ids(on_resource text, record uuid) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 1
as $$
begin
  if on_resource not in ('companies', 'contacts', 'deals') then
    return;
  end if;
  return query execute format($sql$
    select r.org_id from public.%1$I r
    where r.id = $1 and r.org_id = any ($2)
      and (r.org_id in (select private.orgs_where(%1$L, 'update', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'update') o))
      and (r.org_id in (select private.orgs_where(%1$L, 'read', 'all'))
        or (r.org_id, r.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(%1$L, 'read') o))
  $sql$, on_resource) using record, private.known_orgs();
end
$$;
comment on function private.shareable_ids(text, uuid) is 'The workspace of a record, if the caller may read and change it by their role and so may share it.';
grant execute on function private.shareable_ids(text, uuid) to authenticated;

create function private.org_of_readable(on_resource text, record uuid) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 1
as $$
begin
  if private.may_on(on_resource, record, 'read') then
    return query execute format('select r.org_id from public.%I r where r.id = $1', on_resource) using record;
  end if;
end
$$;
comment on function private.org_of_readable(text, uuid) is 'The workspace of a record, if the caller may read it.';
grant execute on function private.org_of_readable(text, uuid) to authenticated;

create policy "those who see a record see with whom it is shared" on public.shares for select to authenticated
  using (org_id in (select private.org_of_readable(resource, record_id)));
create policy "those who may change a record share it" on public.shares for insert to authenticated
  with check (org_id in (select private.shareable_ids(resource, record_id)));
create policy "those who may change a record change its shares" on public.shares for update to authenticated
  using (org_id in (select private.shareable_ids(resource, record_id)));
create policy "those who may change a record end its shares" on public.shares for delete to authenticated
  using (org_id in (select private.shareable_ids(resource, record_id)));

grant select, delete,
  insert (org_id, resource, record_id, user_id, team_id, access, expires_at),
  update (access, expires_at)
  on public.shares to authenticated;
grant select, insert, update, delete on public.shares to service_role;

create trigger shares_90_touch before update on public.shares
  for each row execute function private.touch();

create function private.end_shares() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.shares s
  using old_rows o
  -- In the collation of the index; tg_table_name comes in C.
  where s.org_id = o.org_id and s.resource = tg_table_name::text collate "default" and s.record_id = o.id;
  return null;
end
$$;
comment on function private.end_shares() is 'Removes the shares of records that are permanently deleted.';

-- An edit share is a way to the record, not to give it away: the policies let any owner pass on a shared record, one that is shared
-- with its own owner or owned by nobody too, so this asks their two questions without the share.
create function private.keep_shared_owner() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if old.id not in (select private.shared_ids(tg_table_name, 'update')) then
    return new;
  end if;
  if old.owner_id is not null
    and old.org_id not in (select private.orgs_where(tg_table_name, 'update', 'all'))
    and (old.org_id, old.owner_id) not in (select o.org_id, o.owner_id from private.readable_owners(tg_table_name, 'update') o) then
    raise exception 'This record is only shared with you: its owner stays.' using errcode = '42501', hint = 'shared_owner';
  end if;
  if new.org_id in (select private.orgs_where(tg_table_name, 'update', 'all'))
    or new.org_id in (select private.orgs_where(tg_table_name, 'assign', 'all'))
    or (new.org_id, new.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(tg_table_name, 'update') o)
    or (new.org_id, new.owner_id) in (select o.org_id, o.owner_id from private.readable_owners(tg_table_name, 'assign') o) then
    return new;
  end if;
  raise exception 'new row violates row-level security policy for table "%"', tg_table_name using errcode = '42501';
end
$$;
comment on function private.keep_shared_owner() is
  'Before update of owner_id: who may edit a record through a share alone does not change its owner, and a share widens nobody''s right to assign.';
