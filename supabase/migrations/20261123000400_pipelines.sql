-- Pipelines and their stages: configuration that every member reads.

create table public.pipelines (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  position int not null default 0,
  is_default boolean not null default false,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint pipelines_org_id_id_key unique (org_id, id),
  constraint pipelines_org_id_name_key unique (org_id, name),
  constraint pipelines_name_length check (char_length(btrim(name)) between 1 and 60 and char_length(name) <= 60)
);
comment on table public.pipelines is 'Ways of selling: each has its own stages.';
create unique index pipelines_one_default on public.pipelines (org_id) where is_default;

alter table public.pipelines enable row level security;

create policy "members read pipelines" on public.pipelines for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins add pipelines" on public.pipelines for insert to authenticated
  with check (org_id = any (array(select private.orgs_where('pipelines', 'create', 'all'))));
create policy "admins edit pipelines" on public.pipelines for update to authenticated
  using (org_id = any (array(select private.orgs_where('pipelines', 'update', 'all'))));
create policy "admins remove pipelines" on public.pipelines for delete to authenticated
  using (org_id = any (array(select private.orgs_where('pipelines', 'delete', 'all'))));

grant select, insert (org_id, name, position, is_default), update (name, position, is_default), delete on public.pipelines to authenticated;
grant select, insert, update, delete on public.pipelines to service_role;

create trigger pipelines_90_touch before update on public.pipelines
  for each row execute function private.touch();

create table public.stages (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  pipeline_id uuid not null,
  name text not null,
  kind text not null default 'open',
  probability int not null default 0,
  position int not null default 0,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  constraint stages_org_id_id_key unique (org_id, id),
  constraint stages_org_id_pipeline_id_id_key unique (org_id, pipeline_id, id),
  constraint stages_org_id_pipeline_id_name_key unique (org_id, pipeline_id, name),
  constraint stages_pipeline_fkey foreign key (org_id, pipeline_id) references public.pipelines (org_id, id) on delete cascade,
  constraint stages_name_length check (char_length(btrim(name)) between 1 and 60 and char_length(name) <= 60),
  constraint stages_kind_known check (kind in ('open', 'won', 'lost')),
  constraint stages_probability_range check (
    case kind when 'won' then probability = 100 when 'lost' then probability = 0 else probability between 0 and 100 end)
);
comment on table public.stages is 'Steps of a pipeline, in the order of position. Deals in a stage of kind won or lost are closed.';

alter table public.stages enable row level security;

create policy "members read stages" on public.stages for select to authenticated
  using (org_id = any (array(select private.my_orgs())));
create policy "admins add stages" on public.stages for insert to authenticated
  with check (org_id = any (array(select private.orgs_where('pipelines', 'update', 'all'))));
create policy "admins edit stages" on public.stages for update to authenticated
  using (org_id = any (array(select private.orgs_where('pipelines', 'update', 'all'))));
create policy "admins remove stages" on public.stages for delete to authenticated
  using (org_id = any (array(select private.orgs_where('pipelines', 'update', 'all'))));

-- The kind is chosen once: changing it would close or reopen every deal in the stage without a reason or a date.
grant select, insert (org_id, pipeline_id, name, kind, probability, position), update (name, probability, position), delete
  on public.stages to authenticated;
grant select, insert, update, delete on public.stages to service_role;

create trigger stages_90_touch before update on public.stages
  for each row execute function private.touch();

-- What every new workspace starts with.
create function private.add_default_pipeline(org uuid) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  pipeline uuid;
begin
  insert into public.pipelines (org_id, name, is_default) values (org, 'Sales', true) returning id into pipeline;
  insert into public.stages (org_id, pipeline_id, name, kind, probability, position) values
    (org, pipeline, 'Lead', 'open', 10, 1),
    (org, pipeline, 'Qualified', 'open', 25, 2),
    (org, pipeline, 'Proposal', 'open', 50, 3),
    (org, pipeline, 'Negotiation', 'open', 75, 4),
    (org, pipeline, 'Won', 'won', 100, 5),
    (org, pipeline, 'Lost', 'lost', 0, 6);
  return pipeline;
end
$$;
comment on function private.add_default_pipeline(uuid) is 'Gives a workspace the pipeline Lead, Qualified, Proposal, Negotiation, Won, Lost.';
