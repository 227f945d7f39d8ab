-- How deals move through stages: what entering a stage asks for, and the history of it.

-- The history --------------------------------------------------------------------------------------------------------------

create table public.deal_stage_changes (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null,
  deal_id uuid not null,
  from_stage_id uuid,
  to_stage_id uuid,
  changed_at timestamptz not null default now(),
  changed_by uuid,
  amount numeric(15, 2),
  currency text not null,
  constraint deal_stage_changes_org_id_id_key unique (org_id, id),
  constraint deal_stage_changes_deal_fkey foreign key (org_id, deal_id) references public.deals (org_id, id) on delete cascade,
  constraint deal_stage_changes_from_stage_fkey foreign key (org_id, from_stage_id) references public.stages (org_id, id) on delete set null (from_stage_id),
  constraint deal_stage_changes_to_stage_fkey foreign key (org_id, to_stage_id) references public.stages (org_id, id) on delete set null (to_stage_id)
);
comment on table public.deal_stage_changes is 'Every stage a deal has entered, with its amount at that moment; the first has no from_stage_id. Written by triggers only.';
create index deal_stage_changes_deal_idx on public.deal_stage_changes (org_id, deal_id, changed_at);
create index deal_stage_changes_to_stage_idx on public.deal_stage_changes (org_id, to_stage_id, changed_at);
create index deal_stage_changes_from_stage_idx on public.deal_stage_changes (org_id, from_stage_id) where from_stage_id is not null;

alter table public.deal_stage_changes enable row level security;

-- The second arm asks the policies of deals, and only for members with less than full read.
create policy "whoever reads a deal reads its way" on public.deal_stage_changes for select to authenticated
  using (
    org_id = any (array(select private.orgs_where('deals', 'read', 'all')))
    or exists (
      select from public.deals d where d.org_id = deal_stage_changes.org_id and d.id = deal_stage_changes.deal_id));

grant select on public.deal_stage_changes to authenticated;
grant select, insert, update, delete on public.deal_stage_changes to service_role;

create function private.record_first_stage() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.deal_stage_changes (org_id, deal_id, to_stage_id, changed_at, changed_by, amount, currency)
  select n.org_id, n.id, n.stage_id, n.stage_entered_at, private.actor(), n.amount, n.currency
  from new_rows n;
  return null;
end
$$;
comment on function private.record_first_stage() is 'History of new deals, one statement for all of them.';

-- Its plan is made once per connection, mostly for one row: without nested loops it also serves a hundred thousand.
create function private.record_stage_change() returns trigger
language plpgsql volatile security definer set search_path = '' set enable_nestloop = off
as $$
begin
  insert into public.deal_stage_changes (org_id, deal_id, from_stage_id, to_stage_id, changed_at, changed_by, amount, currency)
  select n.org_id, n.id, o.stage_id, n.stage_id, n.stage_entered_at, private.actor(), n.amount, n.currency
  from new_rows n
  join old_rows o on o.id = n.id
  where o.stage_id <> n.stage_id;
  return null;
end
$$;
comment on function private.record_stage_change() is 'History of moved deals, one statement for all of them.';

-- Entering and leaving -----------------------------------------------------------------------------------------------------

-- Fires only when a statement names close_reason and repeats its value: the one case in which place_deal could not tell
-- "stated again" from "left over" by comparing rows.
create function private.note_close_reason() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform set_config('private.close_reason_stated', new.id::text, true);
  return new;
end
$$;
comment on function private.note_close_reason() is 'Leaves word that this statement states the close reason, although it is the old one.';

-- Looks stages up as their owner: every member reads all stages, and on insert deals_05_membership has turned strangers away.
create function private.place_deal() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  stage record;
  entering constant boolean := tg_op = 'INSERT' or new.stage_id is distinct from old.stage_id;
  left_over boolean := false;
begin
  select s.pipeline_id, s.kind into stage from public.stages s where s.org_id = new.org_id and s.id = new.stage_id;
  if not found then
    perform private.refuse_reference('stage_id', tg_table_name);
  end if;

  -- The pipeline follows the stage, unless the statement chose both and they do not fit.
  if new.pipeline_id is null or (tg_op = 'UPDATE' and new.pipeline_id = old.pipeline_id) then
    new.pipeline_id := stage.pipeline_id;
  elsif new.pipeline_id <> stage.pipeline_id then
    raise exception 'The stage belongs to another pipeline.'
      using errcode = '23503', detail = 'pipeline_id', hint = 'stage_not_in_pipeline', table = tg_table_name, column = 'pipeline_id';
  end if;

  if entering and tg_op = 'UPDATE' then
    new.stage_entered_at := now();
  end if;

  if stage.kind = 'open' then
    if entering and tg_op = 'UPDATE' then
      new.closed_on := null;
      new.close_reason := null;
    elsif new.closed_on is not null or new.close_reason is not null then
      raise exception 'Only a won or lost deal has a close date and reason.'
        using errcode = '23514', constraint = 'deals_open_not_closed', table = tg_table_name;
    end if;
    return new;
  end if;

  if entering and tg_op = 'UPDATE' and old.close_reason is not null then
    if new.close_reason = old.close_reason
      and current_setting('private.close_reason_stated', true) is distinct from new.id::text
    then
      -- From one stage of this kind to another nothing is to be explained anew.
      select s.kind <> stage.kind into left_over from public.stages s where s.org_id = old.org_id and s.id = old.stage_id;
    end if;
    perform set_config('private.close_reason_stated', '', true);
  end if;
  if new.closed_on is null or new.close_reason is null or left_over then
    raise exception 'Closing a deal needs a reason and a date.'
      using errcode = 'P0001', hint = 'close_reason_required', detail = stage.kind, table = tg_table_name;
  end if;
  return new;
end
$$;
comment on function private.place_deal() is 'Before a deal enters a stage or its closing is edited: the stage exists, the pipeline fits, closed deals say when and why.';

create trigger deals_15_close_reason before update of close_reason on public.deals
  for each row when (old.close_reason is not null and new.close_reason = old.close_reason)
  execute function private.note_close_reason();
create trigger deals_20_place before insert or update of stage_id, pipeline_id, closed_on, close_reason on public.deals
  for each row execute function private.place_deal();
create trigger deals_30_company before insert or update of company_id on public.deals
  for each row when (row_security_active('public.companies'))
  execute function private.check_company_reference();
create trigger deals_31_contact before insert or update of contact_id on public.deals
  for each row when (row_security_active('public.contacts'))
  execute function private.check_contact_reference();

create trigger deals_50_first_stage after insert on public.deals
  referencing new table as new_rows
  for each statement execute function private.record_first_stage();
create trigger deals_50_stage_change after update on public.deals
  referencing old table as old_rows new table as new_rows
  for each statement execute function private.record_stage_change();

-- A stage's kind could still be changed with the service key: not while deals stand in it.
create function private.keep_stage_kind() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (select from public.deals d where d.org_id = old.org_id and d.pipeline_id = old.pipeline_id and d.stage_id = old.id) then
    raise exception 'The kind of a stage cannot change while deals stand in it.'
      using errcode = '23514', constraint = 'stages_kind_kept', table = tg_table_name;
  end if;
  return new;
end
$$;
comment on function private.keep_stage_kind() is 'Refuses to turn an open stage into won or lost, or back, under its deals.';

create trigger stages_20_keep_kind before update of kind on public.stages
  for each row when (new.kind <> old.kind) execute function private.keep_stage_kind();

-- Removing a stage that deals stand in -------------------------------------------------------------------------------------

create function public.delete_stage(stage uuid, move_to uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  known constant uuid[] := private.known_orgs();
  held public.stages;
  leaving public.stages;
  target public.stages;
begin
  -- Locked in the order of ids, so that two people who remove each other's target do not deadlock.
  for held in
    select s.* from public.stages s
    where s.id in (stage, move_to) and s.org_id = any (known)
      and s.org_id in (select private.orgs_where('pipelines', 'update', 'all'))
    order by s.id for update
  loop
    if held.id = stage then
      leaving := held;
    else
      target := held;
    end if;
  end loop;
  if leaving.id is null then
    perform private.refuse_reference('stage', 'stages');
  end if;
  if target.id is null or target.pipeline_id <> leaving.pipeline_id then
    perform private.refuse_reference('move_to', 'stages');
  end if;
  if target.kind <> leaving.kind then
    raise exception 'Deals of a stage that is removed can only move to a stage of the same kind.'
      using errcode = 'P0001', hint = 'stage_kind_differs';
  end if;
  update public.deals d set stage_id = target.id
    where d.org_id = leaving.org_id and d.pipeline_id = leaving.pipeline_id and d.stage_id = leaving.id;
  delete from public.stages s where s.id = leaving.id;
end
$$;
comment on function public.delete_stage(uuid, uuid) is 'Moves every deal of a stage, trashed ones too, to another of the same kind and pipeline, then removes the stage. Needs the right to edit pipelines.';
grant execute on function public.delete_stage(uuid, uuid) to authenticated, service_role;
