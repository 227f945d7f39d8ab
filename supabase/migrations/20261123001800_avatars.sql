-- Photos of people: one folder each in the bucket avatars, written by its person, seen by colleagues.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('avatars', 'avatars', false, 2097152, array['image/png', 'image/jpeg', 'image/webp'])
on conflict (id) do nothing;

-- Storage asks no private.check_request: a session that has ended or owes its second factor, and a realtime token, open nothing here
-- either.
create function private.own_folder() returns setof text
language plpgsql stable security definer set search_path = '' rows 1
as $$
begin
  return query
    select private.actor()::text
    where private.session_satisfies(false, null)
      and nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'use' is null;
end
$$;
comment on function private.own_folder() is 'The caller''s own folder; none where their token opens no data.';
grant execute on function private.own_folder() to authenticated;

create function private.visible_people() returns setof text
language plpgsql stable security definer set search_path = '' rows 50
as $$
begin
  return query
    select f from private.own_folder() f
    union
    select c::text from private.my_colleagues() c where exists (select from private.own_folder());
end
$$;
comment on function private.visible_people() is 'The caller and their colleagues, as names of folders.';
grant execute on function private.visible_people() to authenticated;

-- Asked per row and volatile, so that the rows of one statement count each other. A photo that is sent again takes no more room.
create function private.has_photo_room(object text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- A value, not an expression: only then can the index on names be used.
  pattern constant text := private.actor() || '/%';
begin
  return 5 > (
    select count(*) from storage.objects o where o.bucket_id = 'avatars' and o.name like pattern and o.name <> object);
end
$$;
comment on function private.has_photo_room(text) is 'Whether the caller''s folder has fewer than five other photos.';
grant execute on function private.has_photo_room(text) to authenticated;

create policy "people see photos of colleagues" on storage.objects for select to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] in (select private.visible_people()));
create policy "people add their own photo" on storage.objects for insert to authenticated
  with check (
    bucket_id = 'avatars' and (storage.foldername(name))[1] in (select private.own_folder())
    and name ~ '^[^/]+/[^/]+$' and private.has_photo_room(name));
create policy "people replace their own photo" on storage.objects for update to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] in (select private.own_folder()))
  with check (bucket_id = 'avatars' and (storage.foldername(name))[1] in (select private.own_folder()) and name ~ '^[^/]+/[^/]+$');
create policy "people remove their own photo" on storage.objects for delete to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] in (select private.own_folder()));
