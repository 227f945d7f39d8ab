-- Contacts.

create table public.contacts (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  first_name text not null default '',
  last_name text not null default '',
  email text,
  phone text,
  title text,
  company_id uuid,
  description text,
  owner_id uuid default private.actor(),
  custom jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  deleted_at timestamptz,
  constraint contacts_org_id_id_key unique (org_id, id),
  constraint contacts_owner_fkey foreign key (org_id, owner_id) references public.members (org_id, user_id) on delete set null (owner_id),
  constraint contacts_custom_bounded check (jsonb_typeof(custom) = 'object' and octet_length(custom::text) <= 16384 and not custom @? '$.**{32}'),
  constraint contacts_company_fkey foreign key (org_id, company_id) references public.companies (org_id, id) on delete set null (company_id),
  constraint contacts_named check (btrim(first_name) <> '' or btrim(last_name) <> '' or email is not null),
  constraint contacts_first_name_length check (char_length(first_name) <= 100),
  constraint contacts_last_name_length check (char_length(last_name) <= 100),
  constraint contacts_email_format check (email ~ '^[^\s@]+@[^\s@]+$' and char_length(email) <= 320),
  constraint contacts_phone_length check (char_length(phone) <= 50),
  constraint contacts_title_length check (char_length(title) <= 120),
  constraint contacts_description_length check (char_length(description) <= 10000)
);
comment on table public.contacts is 'People a workspace talks to, at most at one company each.';
create index contacts_list_idx on public.contacts (org_id, created_at desc, id desc);
create index contacts_owner_list_idx on public.contacts (org_id, owner_id, created_at desc, id desc) include (deleted_at);
create index contacts_company_idx on public.contacts (org_id, company_id) where company_id is not null;
create index contacts_search_idx on public.contacts using gin
  (org_id, (first_name || ' ' || last_name || ' ' || coalesce(email, '')) extensions.gin_trgm_ops);

grant select, delete,
  insert (org_id, first_name, last_name, email, phone, title, company_id, description, owner_id, custom),
  update (first_name, last_name, email, phone, title, company_id, description, owner_id, custom)
  on public.contacts to authenticated;

call private.govern_records('contacts');

create trigger contacts_30_company before insert or update of company_id on public.contacts
  for each row when (row_security_active('public.companies'))
  execute function private.check_company_reference();
