-- Deals: their place on the board, their money, their way through the stages.

-- Ranks (docs/decisions/005) ----------------------------------------------------------------------------------------------

create function private.rank_at(micros bigint) returns text
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  v constant bigint := 13537086546263551 - micros; -- 62^9 - 1
begin
  -- Nine digits, the most significant first, written out: this runs for every new deal, a loop takes five times as long.
  return 'R'
    || substr(digits, (v / 218340105584896 % 62)::int + 1, 1) || substr(digits, (v / 3521614606208 % 62)::int + 1, 1) || substr(digits, (v / 56800235584 % 62)::int + 1, 1)
    || substr(digits, (v / 916132832 % 62)::int + 1, 1) || substr(digits, (v / 14776336 % 62)::int + 1, 1) || substr(digits, (v / 238328 % 62)::int + 1, 1)
    || substr(digits, (v / 3844 % 62)::int + 1, 1) || substr(digits, (v / 62 % 62)::int + 1, 1) || substr(digits, (v % 62)::int + 1, 1)
    || substr(digits, (random() * 61)::int + 1, 1) || substr(digits, (random() * 61)::int + 1, 1)
    || substr(digits, (random() * 61)::int + 1, 1)
    -- The last is one of 61: a key must not end in 0.
    || substr(digits, (random() * 60)::int + 2, 1);
end
$$;
comment on function private.rank_at(bigint) is 'A rank for a deal of that time (microseconds since 1970): later ones sort higher up the board.';

create function private.new_rank() returns text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return private.rank_at((date_part('epoch', clock_timestamp()) * 1000000)::bigint);
end
$$;
comment on function private.new_rank() is 'A rank above all deals made so far.';
grant execute on function private.new_rank() to authenticated, service_role;

-- Deals --------------------------------------------------------------------------------------------------------------------

create table public.deals (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  amount numeric(15, 2),
  amount_minor bigint generated always as ((amount * 100)::bigint) stored,
  currency text not null default 'USD',
  pipeline_id uuid not null,
  stage_id uuid not null,
  company_id uuid,
  contact_id uuid,
  rank text collate "C" not null default private.new_rank(),
  expected_close date,
  stage_entered_at timestamptz not null default now(),
  closed_on date,
  close_reason text,
  description text,
  owner_id uuid default private.actor(),
  custom jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  deleted_at timestamptz,
  constraint deals_org_id_id_key unique (org_id, id),
  constraint deals_owner_fkey foreign key (org_id, owner_id) references public.members (org_id, user_id) on delete set null (owner_id),
  constraint deals_custom_bounded check (jsonb_typeof(custom) = 'object' and octet_length(custom::text) <= 16384 and not custom @? '$.**{32}'),
  constraint deals_pipeline_fkey foreign key (org_id, pipeline_id) references public.pipelines (org_id, id) on delete no action,
  constraint deals_stage_fkey foreign key (org_id, pipeline_id, stage_id) references public.stages (org_id, pipeline_id, id) on delete no action,
  constraint deals_company_fkey foreign key (org_id, company_id) references public.companies (org_id, id) on delete set null (company_id),
  constraint deals_contact_fkey foreign key (org_id, contact_id) references public.contacts (org_id, id) on delete set null (contact_id),
  constraint deals_name_length check (char_length(btrim(name)) between 1 and 200 and char_length(name) <= 200),
  constraint deals_amount_range check (amount between 0 and 9999999999999.99),
  constraint deals_currency_known check (private.is_currency(currency)),
  -- Exactly the keys that fractional-indexing accepts: the head says how long the integer part is, no fraction ends in 0.
  constraint deals_rank_valid check (
    rank ~ '^[A-Za-z][0-9A-Za-z]+$' and char_length(rank) <= 500 and rank <> 'A00000000000000000000000000'
    and case
      when char_length(rank) = case when rank < 'a' then 92 - ascii(rank) else ascii(rank) - 95 end then true
      when char_length(rank) > case when rank < 'a' then 92 - ascii(rank) else ascii(rank) - 95 end then right(rank, 1) <> '0'
      else false
    end),
  constraint deals_expected_close_range check (expected_close between '1970-01-01' and '2200-01-01'),
  constraint deals_closed_on_range check (closed_on between '1970-01-01' and '2200-01-01'),
  constraint deals_close_reason_length check (char_length(btrim(close_reason)) between 1 and 500 and char_length(close_reason) <= 500),
  constraint deals_description_length check (char_length(description) <= 10000)
);
comment on table public.deals is 'Sales in the making. A deal stands in one stage of one pipeline; rank, then id, is its order there.';
comment on column public.deals.amount is 'In major units of currency; null when unknown.';
comment on column public.deals.amount_minor is 'amount × 100 whatever the currency: filter, sort and sum by this.';
comment on column public.deals.rank is 'A key of the npm library fractional-indexing; ties are broken by id.';
create index deals_list_idx on public.deals (org_id, created_at desc, id desc);
create index deals_owner_list_idx on public.deals (org_id, owner_id, created_at desc, id desc) include (deleted_at);
create index deals_board_idx on public.deals (org_id, pipeline_id, stage_id, rank, id);
create index deals_owner_board_idx on public.deals (org_id, owner_id, pipeline_id, stage_id, rank, id);
create index deals_company_idx on public.deals (org_id, company_id) where company_id is not null;
create index deals_contact_idx on public.deals (org_id, contact_id) where contact_id is not null;
create index deals_search_idx on public.deals using gin (org_id, name extensions.gin_trgm_ops);

grant select, delete,
  insert (org_id, name, amount, currency, pipeline_id, stage_id, company_id, contact_id, rank, expected_close, closed_on, close_reason, description, owner_id, custom),
  update (name, amount, currency, pipeline_id, stage_id, company_id, contact_id, rank, expected_close, closed_on, close_reason, description, owner_id, custom)
  on public.deals to authenticated;

call private.govern_records('deals');
