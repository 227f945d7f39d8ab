-- Companies.

create table public.companies (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  domain text,
  industry text,
  phone text,
  city text,
  country text,
  description text,
  owner_id uuid default private.actor(),
  custom jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  deleted_at timestamptz,
  constraint companies_org_id_id_key unique (org_id, id),
  constraint companies_owner_fkey foreign key (org_id, owner_id) references public.members (org_id, user_id) on delete set null (owner_id),
  -- Not deep either: whoever reads it by recursion, as the app's server does, would end there.
  constraint companies_custom_bounded check (jsonb_typeof(custom) = 'object' and octet_length(custom::text) <= 16384 and not custom @? '$.**{32}'),
  constraint companies_name_length check (char_length(btrim(name)) between 1 and 200 and char_length(name) <= 200),
  constraint companies_domain_format check (domain ~ '^[^\s/@]+$' and char_length(domain) <= 253),
  constraint companies_industry_length check (char_length(industry) <= 100),
  constraint companies_phone_length check (char_length(phone) <= 50),
  constraint companies_city_length check (char_length(city) <= 100),
  constraint companies_country_length check (char_length(country) <= 100),
  constraint companies_description_length check (char_length(description) <= 10000)
);
comment on table public.companies is 'Organisations that a workspace sells to or works with.';
create index companies_list_idx on public.companies (org_id, created_at desc, id desc);
create index companies_owner_list_idx on public.companies (org_id, owner_id, created_at desc, id desc) include (deleted_at);
create index companies_name_idx on public.companies (org_id, lower(name));
create index companies_search_idx on public.companies using gin (org_id, name extensions.gin_trgm_ops);

alter table public.companies enable row level security;

create policy "members read companies in their scope" on public.companies for select to authenticated
  using (
    org_id = any (array(select private.orgs_where('companies', 'read', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'read') o)
    or id in (select private.shared_ids('companies', 'read')));
create policy "members create companies in their scope" on public.companies for insert to authenticated
  with check (
    org_id = any (array(select private.orgs_where('companies', 'create', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'create') o));
-- Unowned companies may be claimed, own ones given away: see docs/decisions/001.
create policy "members edit companies in their scope" on public.companies for update to authenticated
  using (
    org_id = any (array(select private.orgs_where('companies', 'update', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'update') o)
    or (owner_id is null and org_id = any (array(select private.orgs_where('companies', 'update', 'own'))))
    or id in (select private.shared_ids('companies', 'update')))
  with check (
    org_id = any (array(select private.orgs_where('companies', 'update', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'update') o)
    or org_id = any (array(select private.orgs_where('companies', 'assign', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'assign') o)
    or id in (select private.shared_ids('companies', 'update')));
create policy "members delete companies in their scope" on public.companies for delete to authenticated
  using (
    org_id = any (array(select private.orgs_where('companies', 'delete', 'all')))
    or (org_id, owner_id) in (select o.org_id, o.owner_id from private.readable_owners('companies', 'delete') o));

grant select, delete,
  insert (org_id, name, domain, industry, phone, city, country, description, owner_id, custom),
  update (name, domain, industry, phone, city, country, description, owner_id, custom)
  on public.companies to authenticated;
grant select, insert, update, delete on public.companies to service_role;

create trigger companies_05_membership before insert on public.companies
  for each row when (row_security_active('public.companies')) execute function private.check_membership();
create trigger companies_10_owner before insert or update of owner_id on public.companies
  for each row execute function private.check_owner();
create trigger companies_90_touch before update on public.companies
  for each row execute function private.touch();
create trigger companies_11_shared_owner before update of owner_id on public.companies
  for each row when (row_security_active('public.companies') and new.owner_id is distinct from old.owner_id)
  execute function private.keep_shared_owner();
create trigger companies_60_ruled_fields after update on public.companies
  referencing old table as old_rows new table as new_rows for each statement execute function private.keep_ruled_fields();
create trigger companies_85_shares after delete on public.companies
  referencing old table as old_rows for each statement execute function private.end_shares();
