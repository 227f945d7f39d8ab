-- The newest records of a workspace. Members who read everything need no help: one index serves them. For the others the policies'
-- pairs of workspace and owner rule an index out. These take the newest of each owner within reach where there are few; where there are
-- many they look through the workspace's newest first, which is enough for a team that owns a good part of it. They check access
-- themselves (owners_in_reach, shared_ids): asking the policies again for fifty rows costs as much as finding them.

-- One text for every kind of record: a function of each, as a statement made at run time would be planned anew for every list.
do $do$
declare
  kind record;
begin
  for kind in select * from (values ('companies', 'company'), ('contacts', 'contact'), ('deals', 'deal')) k (resource, one) loop
    execute format($create$
      create function private.newest_%2$s_ids(org uuid, owners uuid[], at_most int, before timestamptz, before_id uuid)
      returns table (id uuid, created_at timestamptz)
      language plpgsql stable security definer set search_path = '' rows 50
      as $$
      declare
        recent constant int := at_most * 5;
        missing int := at_most;
        taken int;
      begin
        -- The newest of five owners are no more rows than that.
        if cardinality(owners) > 5 then
          return query
            select w.id, w.created_at
            from (
              select r.id, r.created_at, r.owner_id
              from public.%1$I r
              where r.org_id = org and r.deleted_at is null
                and (before is null or (r.created_at, r.id) < (before, before_id))
              order by r.created_at desc, r.id desc
              limit recent
            ) w
            where w.owner_id = any (owners)
            order by w.created_at desc, w.id desc
            limit at_most;
          get diagnostics taken = row_count;
          missing := at_most - taken;
          if missing = 0 then
            return;
          end if;

          -- The last of those looked at: what is missing is older.
          select r.created_at, r.id into before, before_id
          from public.%1$I r
          where r.org_id = org and r.deleted_at is null
            and (before is null or (r.created_at, r.id) < (before, before_id))
          order by r.created_at desc, r.id desc
          offset recent - 1 limit 1;
          if not found then
            return;
          end if;
        end if;

        return query
          select r.id, r.created_at
          from unnest(owners) o (owner_id)
          cross join lateral (
            select r.id, r.created_at
            from public.%1$I r
            where r.org_id = org and r.owner_id = o.owner_id and r.deleted_at is null
              and (before is null or (r.created_at, r.id) < (before, before_id))
            order by r.created_at desc, r.id desc
            limit missing
          ) r
          order by r.created_at desc, r.id desc
          limit missing;
      end
      $$;
      comment on function private.newest_%2$s_ids(uuid, uuid[], int, timestamptz, uuid) is
        'The newest %1$s of some owners. Does not check access.';

      create function public.newest_%1$s(
        org uuid, owner uuid default null, max int default 50, before timestamptz default null, before_id uuid default null
      ) returns setof public.%1$I
      language plpgsql stable security definer set search_path = '' rows 50
      as $$
      declare
        owners constant uuid[] := private.owners_in_reach(org, '%1$s', owner);
        at_most constant int := least(greatest(coalesce(max, 50), 1), 1000);
        shared uuid[];
      begin
        if owners is null then
          return query
            select r.* from public.%1$I r
            where r.org_id = org and r.deleted_at is null and (before is null or (r.created_at, r.id) < (before, before_id))
            order by r.created_at desc, r.id desc
            limit at_most;
          return;
        end if;

        shared := array(select private.shared_ids('%1$s', 'read'));
        if cardinality(shared) = 0 then
          return query
            select r.*
            from private.newest_%2$s_ids(org, owners, at_most, before, before_id) n
            join public.%1$I r on r.id = n.id
            order by n.created_at desc, n.id desc;
        else
          return query
            select r.*
            from (
              select n.id from private.newest_%2$s_ids(org, owners, at_most, before, before_id) n
              union
              select r.id from public.%1$I r
              where r.id = any (shared) and r.org_id = org and r.deleted_at is null
                and (owner is null or r.owner_id = owner) and (before is null or (r.created_at, r.id) < (before, before_id))
            ) n
            join public.%1$I r on r.id = n.id
            order by r.created_at desc, r.id desc
            limit at_most;
        end if;
      end
      $$;
      comment on function public.newest_%1$s(uuid, uuid, int, timestamptz, uuid) is
        'The newest %1$s the caller may read, all or of one owner, or those made before a row: quick in every scope.';
      grant execute on function public.newest_%1$s(uuid, uuid, int, timestamptz, uuid) to authenticated;
    $create$, kind.resource, kind.one);
  end loop;
end
$do$;
