-- Imports: rows are staged in chunks, then one call takes what it can in one transaction and says why it refused the rest.

create table public.imports (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  resource text not null default 'deals',
  file_name text not null default '',
  status text not null default 'staging',
  total_rows int not null default 0,
  staged_rows int not null default 0,
  taken_rows int not null default 0,
  refused_rows int not null default 0,
  options jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid not null default private.actor(),
  constraint imports_org_id_id_key unique (org_id, id),
  constraint imports_resource_known check (resource in ('deals')),
  constraint imports_file_name_length check (char_length(file_name) <= 255),
  constraint imports_status_known check (status in ('staging', 'ready', 'committed', 'cancelled')),
  constraint imports_total_rows_range check (total_rows between 0 and 100000),
  constraint imports_options_bounded check (jsonb_typeof(options) = 'object' and octet_length(options::text) <= 16384)
);
comment on table public.imports is 'Files being imported, or imported. Seen by the member who brings them only.';
create index imports_list_idx on public.imports (org_id, created_by, created_at desc, id desc);

alter table public.imports enable row level security;

create policy "members read their own imports" on public.imports for select to authenticated
  using (created_by = (select private.actor()) and org_id = any (array(select private.my_orgs())));
create policy "members who may import begin one" on public.imports for insert to authenticated
  with check (
    created_by = (select private.actor())
    and org_id = any (array(select private.orgs_where('deals', 'import', 'own'))));

grant select, insert (org_id, resource, file_name, total_rows, options) on public.imports to authenticated;
grant select, insert, update, delete on public.imports to service_role;

create trigger imports_90_touch before update on public.imports
  for each row execute function private.touch();

create table public.import_rows (
  org_id uuid not null,
  import_id uuid not null,
  row_no int not null,
  data jsonb not null,
  error text,
  primary key (org_id, import_id, row_no),
  constraint import_rows_data_bounded check (octet_length(data::text) <= 16384),
  constraint import_rows_import_fkey foreign key (org_id, import_id) references public.imports (org_id, id) on delete cascade
);
comment on table public.import_rows is 'Staged rows of an import. After the commit only the refused ones remain, each with its reason.';

alter table public.import_rows enable row level security;

create policy "members read rows of their own imports" on public.import_rows for select to authenticated
  using (import_id in (select i.id from public.imports i));

grant select on public.import_rows to authenticated;
grant select, insert, update, delete on public.import_rows to service_role;

-- Staging ------------------------------------------------------------------------------------------------------------------

create function private.own_import(import uuid) returns public.imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  me constant uuid := private.actor();
  found_import public.imports;
begin
  select i.* into found_import from public.imports i
    where i.id = import and i.created_by = me and i.org_id in (select private.my_orgs())
    for update;
  if not found then
    perform private.refuse_reference('import', 'imports');
  end if;
  return found_import;
end
$$;
comment on function private.own_import(uuid) is 'The caller''s import, locked; an error when there is none.';

create function public.stage_import_rows(import uuid, first_row int, rows jsonb) returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  target constant public.imports := private.own_import(import);
  staged int;
begin
  if target.status not in ('staging', 'ready') then
    raise exception 'The import takes no more rows: it is %.', target.status using errcode = 'P0001', hint = 'import_closed';
  end if;
  if jsonb_typeof(rows) is distinct from 'array' or jsonb_array_length(rows) > 5000 or octet_length(rows::text) > 8000000 then
    raise exception 'Rows are a JSON array of at most 5000 objects and 8 MB.' using errcode = '22023', hint = 'import_chunk';
  end if;
  if coalesce(first_row, -1) < 0 or first_row + jsonb_array_length(rows) > 100001 then
    raise exception 'An import has at most 100000 rows.' using errcode = '22023', hint = 'import_too_long';
  end if;
  if target.org_id not in (select private.orgs_where('deals', 'import', 'own')) then
    raise exception 'Your role does not allow you to import deals.' using errcode = '42501';
  end if;

  -- The same chunk may come twice: an answer that was lost is asked for again.
  insert into public.import_rows (org_id, import_id, row_no, data)
  select target.org_id, target.id, first_row + r.place::int - 1, r.value
  from jsonb_array_elements(rows) with ordinality r (value, place)
  on conflict (org_id, import_id, row_no) do update set data = excluded.data, error = null;

  select count(*) into staged from public.import_rows r where r.org_id = target.org_id and r.import_id = target.id;
  update public.imports i
    set staged_rows = staged, status = case when i.total_rows > 0 and staged >= i.total_rows then 'ready' else 'staging' end
    where i.id = target.id;
  return staged;
end
$$;
comment on function public.stage_import_rows(uuid, int, jsonb) is
  'Adds rows to an import, the first of them numbered first_row; repeating a chunk replaces it. Returns how many rows are staged now.';
grant execute on function public.stage_import_rows(uuid, int, jsonb) to authenticated;

create function public.cancel_import(import uuid) returns public.imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  target public.imports := private.own_import(import);
begin
  if target.status = 'committed' then
    raise exception 'The import is done and cannot be cancelled.' using errcode = 'P0001', hint = 'import_closed';
  end if;
  delete from public.import_rows r where r.org_id = target.org_id and r.import_id = target.id;
  update public.imports i set status = 'cancelled', staged_rows = 0 where i.id = target.id returning i.* into target;
  return target;
end
$$;
comment on function public.cancel_import(uuid) is 'Forgets the staged rows of an import that was not committed.';
grant execute on function public.cancel_import(uuid) to authenticated;

-- Committing ---------------------------------------------------------------------------------------------------------------

create function private.refuse_import_rows(target public.imports) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  home_currency constant text := (select o.currency from public.organizations o where o.id = target.org_id);
  own_scope constant text := private.scope_of(target.org_id, 'deals', 'create');
  may_add_companies constant boolean := private.scope_of(target.org_id, 'companies', 'create') is not null;
  errors jsonb;
begin
  select jsonb_object_agg(checked.row_no, checked.error) into errors
  from (
    select p.row_no, case
        when jsonb_typeof(p.data) <> 'object' then 'This is not a row of named values.'
        when coalesce(p.name, '') = '' then 'The name is missing.'
        when char_length(p.name) > 200 then 'The name is longer than 200 characters.'
        when char_length(p.company) > 200 then 'The company''s name is longer than 200 characters.'
        when p.stage_id is null then 'The stage is missing.'
        when s.id is null then 'The stage does not exist any more.'
        when p.amount !~ '^\d{1,13}(\.\d{1,2})?$' then 'The amount must be a number from 0 to 9999999999999.99 with at most two decimals.'
        when not private.is_currency(coalesce(p.currency, home_currency)) then 'The currency is unknown.'
        when p.owner_id is not null and o.user_id is null then
          'The owner is no active member of this workspace, or not one to whom you may give deals.'
        when p.unowned and own_scope <> 'all' then 'You may not add deals that nobody owns.'
        when p.expected_close is not null and (p.expected_close !~ '^\d{4}-\d{2}-\d{2}$' or not pg_input_is_valid(p.expected_close, 'date'))
          then 'The expected close date is not a date.'
        when p.expected_close is not null and p.expected_close::date not between '1970-01-01' and '2200-01-01'
          then 'The expected close date is too far away.'
        when p.closed_on is not null and (p.closed_on !~ '^\d{4}-\d{2}-\d{2}$' or not pg_input_is_valid(p.closed_on, 'date'))
          then 'The close date is not a date.'
        when p.closed_on is not null and p.closed_on::date not between '1970-01-01' and '2200-01-01' then 'The close date is too far away.'
        when char_length(p.close_reason) > 500 then 'The close reason is longer than 500 characters.'
        when p.created_at is not null and (p.created_at !~ '^\d{4}-\d{2}-\d{2}' or not pg_input_is_valid(p.created_at, 'timestamptz'))
          then 'The created date is not a date.'
        when p.created_at is not null and p.created_at::timestamptz not between '1970-01-01' and now() + interval '1 day'
          then 'The created date is not in the past.'
        when p.company <> '' and not may_add_companies and c.id is null then 'The company does not exist, and you may not add companies.'
      end as error
    from private.parsed_import_rows(target.org_id, target.id) p
    left join public.stages s on s.org_id = target.org_id and s.id::text = p.stage_id
    left join (
      select m.user_id from public.members m
      where m.org_id = target.org_id and m.status = 'active' and (own_scope = 'all' or m.user_id in (
        select w.owner_id from private.readable_owners('deals', 'create') w where w.org_id = target.org_id))
    ) o on o.user_id::text = p.owner_id
    left join private.companies_by_name(target.org_id) c on c.key = lower(p.company)
  ) checked
  where checked.error is not null;

  -- Looked up, not joined: Postgres has no statistics of rows staged a moment ago and would compare each with each.
  update public.import_rows r
  set error = errors ->> r.row_no::text
  where r.org_id = target.org_id and r.import_id = target.id and errors ? r.row_no::text;
end
$$;
comment on function private.refuse_import_rows(public.imports) is 'Writes into error why a staged deal cannot be taken; the rest stay without.';

create function private.parsed_import_rows(org uuid, import uuid)
returns table (
  row_no int, data jsonb, error text, name text, company text, stage_id text, amount text, currency text, owner_id text, unowned boolean,
  expected_close text, created_at text, closed_on text, close_reason text
)
language sql stable security definer set search_path = '' rows 10000
as $$
  select r.row_no, r.data, r.error,
    btrim(r.data ->> 'name'), btrim(r.data ->> 'company'), nullif(lower(r.data ->> 'stage_id'), ''), nullif(r.data ->> 'amount', ''),
    nullif(upper(btrim(r.data ->> 'currency')), ''), nullif(lower(r.data ->> 'owner_id'), ''),
    coalesce(r.data -> 'owner_id' = 'null', false), nullif(r.data ->> 'expected_close', ''),
    nullif(r.data ->> 'created_at', ''), nullif(r.data ->> 'closed_on', ''), nullif(btrim(r.data ->> 'close_reason'), '')
  from public.import_rows r
  where r.org_id = org and r.import_id = import
$$;
comment on function private.parsed_import_rows(uuid, uuid) is
  'Staged rows as named texts; an empty text counts as absent. A null owner_id is stated (nobody), a missing one is not.';

create function private.companies_by_name(org uuid) returns table (key text, id uuid)
language plpgsql stable security definer set search_path = '' rows 1000
as $$
declare
  reach constant record := private.reach(org, 'companies', null);
  owners constant uuid[] := reach.owners;
begin
  return query
    select distinct on (lower(c.name)) lower(c.name), c.id
    from public.companies c
    where c.org_id = org and c.deleted_at is null and (owners is null or c.owner_id = any (owners))
    order by lower(c.name), c.created_at, c.id;
end
$$;
comment on function private.companies_by_name(uuid) is 'Companies the caller may read, one (the oldest) per name in small letters.';

-- PostgREST takes the timeout over for the call: tens of thousands of rows may need more than the role's own.
create function public.commit_import(import uuid) returns public.imports
language plpgsql volatile security definer set search_path = '' set statement_timeout = '60s'
as $$
declare
  target public.imports := private.own_import(import);
  home_currency text;
  taken int;
begin
  if target.status = 'committed' then
    return target; -- asked again after a lost answer
  end if;
  if target.status = 'cancelled' then
    raise exception 'The import was cancelled.' using errcode = 'P0001', hint = 'import_closed';
  end if;
  if target.staged_rows < target.total_rows then
    raise exception 'Only % of % rows have arrived.', target.staged_rows, target.total_rows
      using errcode = 'P0001', hint = 'import_incomplete';
  end if;
  if private.scope_of(target.org_id, 'deals', 'import') is null or private.scope_of(target.org_id, 'deals', 'create') is null then
    raise exception 'You may not import deals into this workspace.' using errcode = '42501';
  end if;
  -- One import at a time per workspace: two that name the same new company make it once.
  perform pg_advisory_xact_lock(hashtextextended('commit_import:' || target.org_id, 0));
  select o.currency into home_currency from public.organizations o where o.id = target.org_id;
  perform private.refuse_import_rows(target);

  insert into public.companies (org_id, name)
  select distinct on (lower(p.company)) target.org_id, p.company
  from private.parsed_import_rows(target.org_id, target.id) p
  where p.error is null and p.company <> ''
    and not exists (select from private.companies_by_name(target.org_id) c where c.key = lower(p.company))
  order by lower(p.company), p.row_no;

  insert into public.deals (
    org_id, name, amount, currency, pipeline_id, stage_id, company_id, owner_id, expected_close, created_at, stage_entered_at,
    closed_on, close_reason, rank)
  select target.org_id, t.name, t.amount::numeric, coalesce(t.currency, home_currency), t.pipeline_id, t.stage, t.company_id,
    case when not t.unowned then coalesce(t.owner_id::uuid, private.actor()) end, t.expected_close::date, t.made_at,
    case when t.kind = 'open' then now() else t.closed_day end, t.closed_day,
    case when t.kind <> 'open' then coalesce(t.close_reason, 'Imported') end,
    -- Newer deals stand higher, those of one day in the order of the file.
    private.rank_at((extract(epoch from t.made_at) * 1000000)::bigint - t.row_no)
  from (
    select p.*, s.id as stage, s.pipeline_id, s.kind, c.id as company_id, coalesce(p.created_at::timestamptz, now()) as made_at,
      case when s.kind <> 'open' then coalesce(
        p.closed_on::date,
        case when p.expected_close::date <= current_date then p.expected_close::date end,
        p.created_at::timestamptz::date,
        current_date) end as closed_day
    from private.parsed_import_rows(target.org_id, target.id) p
    join public.stages s on s.org_id = target.org_id and s.id::text = p.stage_id
    left join private.companies_by_name(target.org_id) c on c.key = lower(p.company)
    where p.error is null
  ) t
  order by t.row_no;
  get diagnostics taken = row_count;

  delete from public.import_rows r where r.org_id = target.org_id and r.import_id = target.id and r.error is null;
  update public.imports i
    set status = 'committed', taken_rows = taken, refused_rows = i.staged_rows - taken
    where i.id = target.id
    returning i.* into target;
  return target;
end
$$;
comment on function public.commit_import(uuid) is
  'Makes deals of the staged rows in one transaction, and companies for names that are new; rows that state no owner go to the importer. Rows it cannot take keep their reason in import_rows.error. Asked twice, it answers the same.';
grant execute on function public.commit_import(uuid) to authenticated;
