-- The newest records of a workspace. Members who read everything need no help: one index serves them. For the others the policies'
-- pairs of workspace and owner rule an index out. These take the newest of each owner within reach where there are few; where there are
-- many they look through the workspace's newest first, which is enough for a team that owns a good part of it. They check access
-- themselves (private.reach): asking the policies again for fifty rows costs as much as finding them.

-- One text for every kind of record: a function of each, as a statement made at run time would be planned anew for every list, which takes longer
-- than finding the rows. For the same reason a page of at most fifty has that number in the text: so one plan is good for every list, and is kept.
-- A plan for pages of any length would be a bad one; longer pages are planned anew.
do $do$
declare
  kind text;
  -- %1$s: the table; %2$s: the most rows of a page; %3$s: how many of the newest are looked through.
  body constant text := $body$
        if owners is null then
          return query
            select p.*
            from (
              select r.*
              from public.%1$I r
              where r.org_id = org and r.deleted_at is null and (r.created_at, r.id) < (before, before_id)
              order by r.created_at desc, r.id desc
              limit %2$s
            ) p
            limit missing;
          return;
        end if;

        -- The newest of five owners are no more rows than that.
        if cardinality(owners) > 5 then
          return query
            select w.*
            from (
              select r.*
              from public.%1$I r
              where r.org_id = org and r.deleted_at is null and (r.created_at, r.id) < (before, before_id)
              order by r.created_at desc, r.id desc
              limit %3$s
            ) w
            where w.owner_id = any (owners) or w.id = any (shared)
            order by w.created_at desc, w.id desc
            limit missing;
          get diagnostics taken = row_count;
          missing := missing - taken;
          if missing = 0 then
            return;
          end if;

          -- The last of those looked at: what is missing is older.
          select r.created_at, r.id into before, before_id
          from public.%1$I r
          where r.org_id = org and r.deleted_at is null and (r.created_at, r.id) < (before, before_id)
          order by r.created_at desc, r.id desc
          offset %3$s - 1 limit 1;
          if not found then
            return;
          end if;
        end if;

        return query
          select b.*
          from (
            select mine.*
            from unnest(owners) o (owner_id)
            cross join lateral (
              select r.*
              from public.%1$I r
              where r.org_id = org and r.owner_id = o.owner_id and r.deleted_at is null and (r.created_at, r.id) < (before, before_id)
              order by r.created_at desc, r.id desc
              limit %2$s
            ) mine
            union all
            select r.*
            from public.%1$I r
            where r.id = any (shared) and r.org_id = org and r.deleted_at is null and (r.created_at, r.id) < (before, before_id)
              and (r.owner_id is null or r.owner_id <> all (owners))
          ) b
          order by b.created_at desc, b.id desc
          limit missing;
  $body$;
begin
  foreach kind in array array['companies', 'contacts', 'deals'] loop
    execute format($create$
      create function private.many_newest_%1$s(org uuid, owners uuid[], shared uuid[], missing int, before timestamptz, before_id uuid)
      returns setof public.%1$I
      language plpgsql stable security definer set search_path = '' set plan_cache_mode = auto rows 1000
      as $$
      declare
        page constant int := missing;
        taken int;
      begin
        %2$s
      end
      $$;
      comment on function private.many_newest_%1$s(uuid, uuid[], uuid[], int, timestamptz, uuid) is
        'The newest %1$s within a reach (private.reach), in pages of any length. Does not check access.';
    $create$, kind, format(body, kind, 'page', 'page * 5'));

    execute format($create$
      create function public.newest_%1$s(
        org uuid, owner uuid default null, max int default 50, before timestamptz default null, before_id uuid default null
      ) returns setof public.%1$I
      language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_generic_plan rows 50
      as $$
      declare
        reach constant record := private.reach(org, '%1$s', owner);
        owners constant uuid[] := reach.owners;
        shared constant uuid[] := reach.shared;
        missing int := least(greatest(coalesce(max, 50), 1), 1000);
        taken int;
      begin
        -- From the end of time, if from nowhere: so the plan is for any place.
        if before is null then
          before := 'infinity';
          before_id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
        end if;
        if missing > 50 then
          return query select r.* from private.many_newest_%1$s(org, owners, shared, missing, before, before_id) r;
          return;
        end if;
        %2$s
      end
      $$;
      comment on function public.newest_%1$s(uuid, uuid, int, timestamptz, uuid) is
        'The newest %1$s the caller may read, all or of one owner, or those made before a row: quick in every scope.';
      grant execute on function public.newest_%1$s(uuid, uuid, int, timestamptz, uuid) to authenticated;
    $create$, kind, format(body, kind, '50', '250'));
  end loop;
end
$do$;
