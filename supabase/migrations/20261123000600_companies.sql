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

grant select, delete,
  insert (org_id, name, domain, industry, phone, city, country, description, owner_id, custom),
  update (name, domain, industry, phone, city, country, description, owner_id, custom)
  on public.companies to authenticated;

call private.govern_records('companies');
