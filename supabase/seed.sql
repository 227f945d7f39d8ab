-- The demo workspace: five people, a team, companies, contacts and sixty deals. Every address is under demo.test, every company
-- under .example, and every date is counted from today, so the board looks alive whenever it is made.

-- People (password: demo-password) -----------------------------------------------------------------------------------------

with people (id, email, full_name) as (
  values
    ('00000000-0000-7000-8000-000000000001'::uuid, 'admin@demo.test', 'Ada Lindqvist'),
    ('00000000-0000-7000-8000-000000000002', 'manager@demo.test', 'Marco Bianchi'),
    ('00000000-0000-7000-8000-000000000003', 'sales@demo.test', 'Sofia Reyes'),
    ('00000000-0000-7000-8000-000000000004', 'viewer@demo.test', 'Vera Novak'),
    ('00000000-0000-7000-8000-000000000005', 'jonas@demo.test', 'Jonas Weber')
),
-- One hash for all: bcrypt is slow on purpose.
secret as materialized (select extensions.crypt('demo-password', extensions.gen_salt('bf', 10)) as hash),
users as (
  insert into auth.users (
    instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
    created_at, updated_at, confirmation_token, recovery_token, email_change_token_new, email_change)
  select '00000000-0000-0000-0000-000000000000', p.id, 'authenticated', 'authenticated', p.email, s.hash, now(),
    '{"provider": "email", "providers": ["email"]}', jsonb_build_object('full_name', p.full_name, 'email_verified', true),
    now(), now(), '', '', '', ''
  from people p, secret s
  returning id, email
)
insert into auth.identities (id, user_id, provider_id, provider, identity_data, last_sign_in_at, created_at, updated_at)
select u.id, u.id, u.id::text, 'email',
  jsonb_build_object('sub', u.id::text, 'email', u.email, 'email_verified', true, 'phone_verified', false), now(), now(), now()
from users u;

-- The workspace ------------------------------------------------------------------------------------------------------------

insert into public.organizations (id, name, slug, currency, created_at, created_by)
values ('00000000-0000-7000-8000-0000000000d0', 'Demo', 'demo', 'USD', now() - interval '330 days', '00000000-0000-7000-8000-000000000001');
select private.add_default_roles('00000000-0000-7000-8000-0000000000d0');
select private.add_default_pipeline('00000000-0000-7000-8000-0000000000d0');

insert into public.members (org_id, user_id, role_id)
select r.org_id, p.id, r.id
from public.profiles p
join public.roles r on r.key = case split_part(p.email, '@', 1) when 'jonas' then 'sales' else split_part(p.email, '@', 1) end
where p.email like '%@demo.test' and r.org_id = '00000000-0000-7000-8000-0000000000d0';

update public.organizations set owner_id = '00000000-0000-7000-8000-000000000001' where id = '00000000-0000-7000-8000-0000000000d0';

with team as (
  insert into public.teams (org_id, name) values ('00000000-0000-7000-8000-0000000000d0', 'New business') returning org_id, id
)
insert into public.team_members (org_id, team_id, user_id, is_lead)
select t.org_id, t.id, p.id, p.email = 'sales@demo.test'
from team t, public.profiles p
where p.email in ('sales@demo.test', 'jonas@demo.test');

-- Companies ----------------------------------------------------------------------------------------------------------------

insert into public.companies (id, org_id, name, domain, industry, city, country, phone, owner_id, created_at, created_by)
select md5('demo company ' || c.no)::uuid, '00000000-0000-7000-8000-0000000000d0', c.name, c.domain, c.industry, c.city, c.country, c.phone,
  p.id, now() - make_interval(days => c.age), p.id
from (
  values
    (0, 'Northwind Logistics', 'northwind-logistics.example', 'Logistics', 'Rotterdam', 'Netherlands', '+31 10 555 0142', 'sales', 320),
    (1, 'Halcyon Robotics', 'halcyonrobotics.example', 'Manufacturing', 'Pittsburgh', 'United States', '+1 412 555 0119', 'sales', 290),
    (2, 'Brightwater Energy', 'brightwater.example', 'Energy', 'Houston', 'United States', '+1 713 555 0175', 'jonas', 275),
    (3, 'Kestrel Aerospace', 'kestrel-aero.example', 'Aerospace', 'Toulouse', 'France', '+33 5 55 01 23 45', 'manager', 260),
    (4, 'Meridian Health', 'meridianhealth.example', 'Healthcare', 'Boston', 'United States', '+1 617 555 0188', 'sales', 250),
    (5, 'Tallgrass Foods', 'tallgrassfoods.example', 'Food', 'Omaha', 'United States', '+1 402 555 0130', 'jonas', 240),
    (6, 'Osprey Insurance', 'osprey-ins.example', 'Insurance', 'Hartford', 'United States', '+1 860 555 0162', 'sales', 232),
    (7, 'Solstice Media', 'solsticemedia.example', 'Media', 'Los Angeles', 'United States', '+1 323 555 0108', 'jonas', 220),
    (8, 'Fjord Shipping', 'fjordshipping.example', 'Logistics', 'Bergen', 'Norway', '+47 55 50 12 34', 'manager', 214),
    (9, 'Cobalt Analytics', 'cobaltanalytics.example', 'Software', 'Berlin', 'Germany', '+49 30 5550 1177', 'jonas', 205),
    (10, 'Larkspur Hotels', 'larkspurhotels.example', 'Hospitality', 'Lisbon', 'Portugal', '+351 21 555 0199', 'sales', 198),
    (11, 'Granite Peak Capital', 'granitepeak.example', 'Finance', 'Denver', 'United States', '+1 303 555 0151', 'manager', 190),
    (12, 'Juniper & Vale', 'juniperandvale.example', 'Retail', 'London', 'United Kingdom', '+44 20 5550 0144', 'sales', 182),
    (13, 'Redwood Biologics', 'redwoodbio.example', 'Biotechnology', 'San Diego', 'United States', '+1 619 555 0123', 'sales', 170),
    (14, 'Quayside Construction', 'quayside.example', 'Construction', 'Dublin', 'Ireland', '+353 1 555 0166', 'jonas', 160),
    (15, 'Atlas Freight', 'atlasfreight.example', 'Logistics', 'Memphis', 'United States', '+1 901 555 0137', 'jonas', 148),
    (16, 'Silverline Transit', 'silverlinetransit.example', 'Transport', 'Chicago', 'United States', '+1 312 555 0190', 'sales', 140),
    (17, 'Pinecrest Schools', 'pinecrest.example', 'Education', 'Portland', 'United States', '+1 503 555 0115', 'jonas', 126),
    (18, 'Vantage Legal', 'vantagelegal.example', 'Legal', 'New York', 'United States', '+1 212 555 0181', 'manager', 115),
    (19, 'Sakura Components', 'sakura-components.example', 'Electronics', 'Osaka', 'Japan', '+81 6 5550 0128', 'manager', 104),
    (20, 'Harborlight Bank', 'harborlight.example', 'Finance', 'Charlotte', 'United States', '+1 704 555 0172', 'sales', 92),
    (21, 'Evergreen Paper', 'evergreenpaper.example', 'Manufacturing', 'Tampere', 'Finland', '+358 3 555 0139', 'jonas', 80),
    (22, 'Lumen Dental Group', 'lumendental.example', 'Healthcare', 'Austin', 'United States', '+1 512 555 0104', 'sales', 61),
    (23, 'Copperfield Mining', 'copperfield.example', 'Mining', 'Perth', 'Australia', '+61 8 5550 0157', null, 44)
) c (no, name, domain, industry, city, country, phone, owner, age)
left join public.profiles p on p.email = c.owner || '@demo.test';

-- Contacts -----------------------------------------------------------------------------------------------------------------

insert into public.contacts (id, org_id, first_name, last_name, email, title, phone, company_id, owner_id, created_at, created_by)
select md5('demo contact ' || p.no)::uuid, c.org_id, p.first_name, p.last_name, p.mailbox || '@' || c.domain, p.title, p.phone, c.id, c.owner_id,
  c.created_at + make_interval(days => 3 + p.no % 9), c.owner_id
from (
  values
    (0, 'Eva', 'de Vries', 'eva.devries', 'Head of Operations', 0, '+31 6 5550 1420'),
    (1, 'Pieter', 'Bakker', 'pieter.bakker', 'Procurement Lead', 0, null),
    (2, 'Grace', 'Okafor', 'grace.okafor', 'VP Engineering', 1, '+1 412 555 0120'),
    (3, 'Daniel', 'Kim', 'daniel.kim', 'Plant Manager', 1, null),
    (4, 'Luis', 'Ortega', 'luis.ortega', 'Chief Information Officer', 2, '+1 713 555 0176'),
    (5, 'Hannah', 'Fields', 'hannah.fields', 'Grid Programme Manager', 2, null),
    (6, 'Camille', 'Laurent', 'camille.laurent', 'Directrice des achats', 3, '+33 6 55 50 12 34'),
    (7, 'Marc', 'Dubois', 'marc.dubois', 'Quality Director', 3, null),
    (8, 'Priya', 'Raman', 'priya.raman', 'Director of Patient Systems', 4, '+1 617 555 0189'),
    (9, 'Owen', 'Brady', 'owen.brady', 'IT Manager', 4, null),
    (10, 'Wes', 'Holloway', 'wes.holloway', 'Supply Chain Director', 5, '+1 402 555 0131'),
    (11, 'Nina', 'Petrov', 'nina.petrov', 'Claims Transformation', 6, null),
    (12, 'Theo', 'Marsh', 'theo.marsh', 'Head of Digital', 7, '+1 323 555 0109'),
    (13, 'Ingrid', 'Solberg', 'ingrid.solberg', 'Fleet Manager', 8, '+47 911 50 123'),
    (14, 'Felix', 'Brandt', 'felix.brandt', 'Co-founder', 9, null),
    (15, 'Leonie', 'Krause', 'leonie.krause', 'Head of Data', 9, '+49 151 5550 1178'),
    (16, 'Inês', 'Carvalho', 'ines.carvalho', 'Group Revenue Manager', 10, null),
    (17, 'Robert', 'Sloan', 'robert.sloan', 'Managing Partner', 11, '+1 303 555 0152'),
    (18, 'Amelia', 'Hart', 'amelia.hart', 'E-commerce Director', 12, null),
    (19, 'Jack', 'Winslow', 'jack.winslow', 'Store Systems Lead', 12, null),
    (20, 'Naomi', 'Sato', 'naomi.sato', 'VP Clinical Operations', 13, '+1 619 555 0124'),
    (21, 'Ciarán', 'Doyle', 'ciaran.doyle', 'Site Operations', 14, null),
    (22, 'Tasha', 'Greene', 'tasha.greene', 'Dispatch Director', 15, '+1 901 555 0138'),
    (23, 'Victor', 'Almeida', 'victor.almeida', 'Chief Technology Officer', 16, null),
    (24, 'Paula', 'Jensen', 'paula.jensen', 'District IT Coordinator', 17, null),
    (25, 'Simon', 'Abbott', 'simon.abbott', 'Partner', 18, '+1 212 555 0182'),
    (26, 'Kenji', 'Mori', 'kenji.mori', 'Overseas Sales Manager', 19, null),
    (27, 'Yuki', 'Tanaka', 'yuki.tanaka', 'Quality Engineer', 19, null),
    (28, 'Denise', 'Carter', 'denise.carter', 'SVP Operations', 20, '+1 704 555 0173'),
    (29, 'Aaron', 'Blake', 'aaron.blake', 'Vendor Risk', 20, null),
    (30, 'Mikko', 'Virtanen', 'mikko.virtanen', 'Mill Director', 21, null),
    (31, 'Rosa', 'Delgado', 'rosa.delgado', 'Practice Administrator', 22, null),
    (32, 'Bruce', 'Maddox', 'bruce.maddox', 'Site Procurement', 23, '+61 400 555 015')
) p (no, first_name, last_name, mailbox, title, company_no, phone)
join public.companies c on c.id = md5('demo company ' || p.company_no)::uuid;

-- Deals: days ago they were made and entered their stage, days until the expected close (negative and open: overdue) ----------

insert into public.deals (
  id, org_id, name, company_id, contact_id, amount, currency, pipeline_id, stage_id, owner_id, created_by, created_at, stage_entered_at,
  expected_close, closed_on, close_reason, rank)
select md5('demo deal ' || d.no)::uuid, s.org_id, d.name, md5('demo company ' || d.company_no)::uuid, md5('demo contact ' || d.contact_no)::uuid,
  d.amount, d.currency, s.pipeline_id, s.id, p.id, p.id, now() - make_interval(days => d.made), now() - make_interval(days => d.entered),
  current_date + d.close_in, case when s.kind <> 'open' then current_date - d.entered end, d.reason,
  private.rank_at((extract(epoch from now() - make_interval(days => d.entered)) * 1000000)::bigint - d.no)
from (
  values
    (0, 'Warehouse visibility rollout', 0, 0, 48000, 'EUR', 'Negotiation', 'sales', 84, 9, 12, null),
    (1, 'Yard management pilot', 0, 1, 12500, 'EUR', 'Qualified', 'sales', 21, 14, 47, null),
    (2, 'Customs paperwork automation', 0, 0, 31000, 'EUR', 'Won', 'sales', 150, 38, -38, 'Best fit for the customs workflow'),
    (3, 'Assembly line telemetry', 1, 2, 96000, 'USD', 'Proposal', 'sales', 63, 18, 25, null),
    (4, 'Predictive maintenance, 3 plants', 1, 3, 182500, 'USD', 'Negotiation', 'sales', 121, 22, -4, null),
    (5, 'Operator training licences', 1, 3, 8400, 'USD', 'Won', 'sales', 95, 61, -61, 'Renewed together with the pilot'),
    (6, 'Grid outage communications', 2, 4, 74000, 'USD', 'Proposal', 'jonas', 52, 11, 33, null),
    (7, 'Field crew scheduling', 2, 5, 39900, 'USD', 'Lead', 'jonas', 6, 6, 70, null),
    (8, 'Meter data platform', 2, 4, 240000, 'USD', 'Lost', 'jonas', 190, 44, -44, 'Chose to build in-house'),
    (9, 'Supplier quality portal', 3, 6, 128000, 'EUR', 'Qualified', 'manager', 34, 20, 60, null),
    (10, 'Audit trail for composites', 3, 7, 56000, 'EUR', 'Negotiation', 'manager', 77, 13, 8, null),
    (11, 'Patient intake integration', 4, 8, 67500, 'USD', 'Proposal', 'sales', 45, 16, -2, null),
    (12, 'Referral tracking', 4, 9, 22000, 'USD', 'Lead', 'sales', 4, 4, 55, null),
    (13, 'Clinic onboarding, 12 sites', 4, 8, 144000, 'USD', 'Won', 'sales', 170, 20, -20, 'Strong references from other clinics'),
    (14, 'Cold chain monitoring', 5, 10, 58500, 'USD', 'Qualified', 'jonas', 29, 12, 40, null),
    (15, 'Harvest planning workspace', 5, 10, 17200, 'USD', 'Lead', 'jonas', 9, 9, 90, null),
    (16, 'Claims triage assistant', 6, 11, 110000, 'USD', 'Negotiation', 'sales', 101, 17, 5, null),
    (17, 'Broker portal refresh', 6, 11, 36000, 'USD', 'Proposal', 'sales', 40, 25, -9, null),
    (18, 'Fraud review queue', 6, 11, 89000, 'USD', 'Lost', 'sales', 160, 71, -71, 'Budget frozen until next year'),
    (19, 'Rights and royalties ledger', 7, 12, 43500, 'USD', 'Proposal', 'jonas', 37, 7, 28, null),
    (20, 'Campaign asset library', 7, 12, 15800, 'USD', 'Won', 'jonas', 88, 52, -52, 'Fastest to roll out'),
    (21, 'Vessel crew rotations', 8, 13, 620000, 'NOK', 'Qualified', 'manager', 26, 19, 50, null),
    (22, 'Port call notifications', 8, 13, 275000, 'NOK', 'Lead', 'manager', 12, 12, 75, null),
    (23, 'Embedded dashboards', 9, 14, 28000, 'EUR', 'Proposal', 'jonas', 33, 10, 18, null),
    (24, 'Data residency add-on', 9, 15, 9600, 'EUR', 'Negotiation', 'jonas', 58, 6, 3, null),
    (25, 'Reseller agreement', 9, 14, 64000, 'EUR', 'Lead', 'jonas', 2, 2, 100, null),
    (26, 'Group booking desk', 10, 16, 33500, 'EUR', 'Qualified', 'sales', 31, 23, -1, null),
    (27, 'Loyalty programme migration', 10, 16, 71000, 'EUR', 'Lead', 'sales', 8, 8, 85, null),
    (28, 'Deal flow workspace', 11, 17, 52000, 'USD', 'Negotiation', 'manager', 69, 12, 10, null),
    (29, 'Investor reporting pack', 11, 17, 26000, 'USD', 'Won', 'manager', 118, 33, -33, 'Expanded from one team to three'),
    (30, 'Click-and-collect rollout', 12, 18, 47500, 'GBP', 'Proposal', 'sales', 49, 15, 21, null),
    (31, 'Store staffing planner', 12, 19, 19900, 'GBP', 'Qualified', 'sales', 18, 10, 45, null),
    (32, 'Returns desk consolidation', 12, 18, 23400, 'GBP', 'Lost', 'sales', 132, 58, -58, 'Price'),
    (33, 'Trial site coordination', 13, 20, 135000, 'USD', 'Qualified', 'sales', 24, 15, 65, null),
    (34, 'Sample custody tracking', 13, 20, 78000, 'USD', 'Proposal', 'sales', 56, 21, -6, null),
    (35, 'Lab onboarding', 13, 20, 41000, 'USD', 'Won', 'sales', 140, 12, -12, 'Validated documentation'),
    (36, 'Subcontractor compliance', 14, 21, 38000, 'EUR', 'Proposal', 'jonas', 42, 13, 30, null),
    (37, 'Site diary, 8 projects', 14, 21, 21500, 'EUR', 'Lead', 'jonas', 11, 11, 60, null),
    (38, 'Dock scheduling', 15, 22, 66000, 'USD', 'Negotiation', 'jonas', 72, 8, 7, null),
    (39, 'Driver messaging', 15, 22, 24000, 'USD', 'Qualified', 'jonas', 20, 9, 38, null),
    (40, 'Proof of delivery archive', 15, 22, 13500, 'USD', 'Won', 'jonas', 99, 27, -27, 'Integrates with their scanners'),
    (41, 'Depot maintenance planning', 16, 23, 92000, 'USD', 'Proposal', 'sales', 47, 14, 35, null),
    (42, 'Rider feedback hub', 16, 23, 18500, 'USD', 'Lead', 'sales', 3, 3, 80, null),
    (43, 'District device inventory', 17, 24, 29500, 'USD', 'Qualified', 'jonas', 27, 16, 52, null),
    (44, 'Parent communications', 17, 24, 16000, 'USD', 'Lost', 'jonas', 105, 40, -40, 'No decision by the board'),
    (45, 'Matter intake forms', 18, 25, 34500, 'USD', 'Proposal', 'manager', 39, 12, 16, null),
    (46, 'Conflict check automation', 18, 25, 59000, 'USD', 'Lead', 'manager', 10, 10, 68, null),
    (47, 'Distributor portal', 19, 26, 8200000, 'JPY', 'Qualified', 'manager', 35, 22, 58, null),
    (48, 'Defect reporting', 19, 27, 3400000, 'JPY', 'Lead', 'manager', 7, 7, 88, null),
    (49, 'Vendor onboarding', 20, 28, 118000, 'USD', 'Negotiation', 'sales', 80, 10, 14, null),
    (50, 'Third-party risk register', 20, 29, 84500, 'USD', 'Proposal', 'sales', 36, 9, 42, null),
    (51, 'Branch rollout, phase 2', 20, 28, 205000, 'USD', 'Lead', 'sales', 1, 1, 120, null),
    (52, 'Mill shift handover', 21, 30, 27500, 'EUR', 'Qualified', 'jonas', 19, 13, 48, null),
    (53, 'Energy use reporting', 21, 30, 44000, 'EUR', 'Won', 'jonas', 78, 9, -9, 'Passed the audit with our export'),
    (54, 'Recall and reminders', 22, 31, 14200, 'USD', 'Proposal', 'sales', 30, 8, -3, null),
    (55, 'Multi-practice licence', 22, 31, 37000, 'USD', 'Lead', 'sales', 5, 5, 62, null),
    (56, 'Contractor access control', 23, 32, 88000, 'AUD', 'Lead', null, 15, 15, 72, null),
    (57, 'Shift roster for two pits', 23, 32, null::numeric, 'AUD', 'Lead', null, 2, 2, null::int, null),
    (58, 'Fleet telematics renewal', 15, 22, 31500, 'USD', 'Qualified', 'jonas', 16, 5, 27, null),
    (59, 'Annual support contract', 1, 2, 24000, 'USD', 'Proposal', 'manager', 22, 4, 9, null)
) d (no, name, company_no, contact_no, amount, currency, stage, owner, made, entered, close_in, reason)
join public.stages s on s.org_id = '00000000-0000-7000-8000-0000000000d0' and s.name = d.stage
left join public.profiles p on p.email = d.owner || '@demo.test'
order by d.no;
