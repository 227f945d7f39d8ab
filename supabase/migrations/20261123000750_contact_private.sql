-- What only some roles may know of a contact (docs/decisions/003).

create table public.contact_private (
  id uuid primary key default private.uuid_v7(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  contact_id uuid not null,
  personal_email text,
  mobile text,
  home_address text,
  birthday date,
  note text,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid default private.actor(),
  -- Not the primary key: PostgREST would take the table for a link between workspaces and contacts.
  constraint contact_private_once unique (org_id, contact_id),
  constraint contact_private_org_id_id_key unique (org_id, id),
  constraint contact_private_contact_fkey foreign key (org_id, contact_id) references public.contacts (org_id, id) on delete cascade,
  constraint contact_private_personal_email_format check (personal_email ~ '^[^\s@]+@[^\s@]+$' and char_length(personal_email) <= 320),
  constraint contact_private_mobile_length check (char_length(mobile) <= 50),
  constraint contact_private_home_address_length check (char_length(home_address) <= 500),
  constraint contact_private_birthday_range check (birthday between '1900-01-01' and '2200-01-01'),
  constraint contact_private_note_length check (char_length(note) <= 10000)
);
comment on table public.contact_private is
  'Personal data of contacts, apart from them: read and changed only with rights on contact_private, by members who can read the contact.';

alter table public.contact_private enable row level security;

create function private.private_contacts(do_action text, contact uuid) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 1
as $$
declare
  known constant uuid[] := private.known_orgs();
begin
  return query
    select c.org_id
    from public.contacts c
    where c.id = contact and c.org_id = any (known)
      and private.may_on('contacts', c.id, 'read')
      and (c.org_id in (select private.orgs_where('contact_private', do_action, 'all'))
        or (c.org_id, c.owner_id) in (select o.org_id, o.owner_id from private.readable_owners('contact_private', do_action) o));
end
$$;
comment on function private.private_contacts(text, uuid) is
  'The workspace of a contact, if the caller may read or update its personal data: scope own or team goes by the contact''s owner.';
grant execute on function private.private_contacts(text, uuid) to authenticated;

create policy "some roles read personal data" on public.contact_private for select to authenticated
  using (org_id in (select private.private_contacts('read', contact_id)));
create policy "some roles add personal data" on public.contact_private for insert to authenticated
  with check (org_id in (select private.private_contacts('update', contact_id)));
create policy "some roles change personal data" on public.contact_private for update to authenticated
  using (org_id in (select private.private_contacts('update', contact_id)));
create policy "some roles remove personal data" on public.contact_private for delete to authenticated
  using (org_id in (select private.private_contacts('update', contact_id)));

grant select, delete,
  insert (org_id, contact_id, personal_email, mobile, home_address, birthday, note),
  update (personal_email, mobile, home_address, birthday, note)
  on public.contact_private to authenticated;
grant select, insert, update, delete on public.contact_private to service_role;

create trigger contact_private_90_touch before update on public.contact_private
  for each row execute function private.touch();
