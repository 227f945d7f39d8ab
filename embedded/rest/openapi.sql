-- What the caller's role may use of a schema, with the comments on it, as one JSON document. $1: the schema. Runs as the caller.

with relation as (
	select c.oid, c.relname, obj_description(c.oid, 'pg_class') as comment,
		has_any_column_privilege(c.oid, 'select') as may_select,
		has_any_column_privilege(c.oid, 'insert') as may_insert,
		has_any_column_privilege(c.oid, 'update') as may_update,
		has_table_privilege(c.oid, 'delete') as may_delete
	from pg_class c
	where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
),
relation_column as (
	select r.oid, json_agg(json_build_object(
		'name', a.attname,
		'type', format_type(a.atttypid, null),
		'comment', col_description(r.oid, a.attnum),
		'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
		'required', a.attnotnull,
		'maxLength', case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end,
		'enum', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid),
		'isPrimary', exists (
			select from pg_index x where x.indrelid = r.oid and x.indisprimary and a.attnum = any (x.indkey::int2[])
		),
		'reference', (
			select json_build_object('table', f.relname, 'column', b.attname)
			from pg_constraint k
			join pg_class f on f.oid = k.confrelid
			join pg_attribute b on b.attrelid = f.oid and b.attnum = k.confkey[array_position(k.conkey, a.attnum)]
			where k.conrelid = r.oid and k.contype = 'f' and a.attnum = any (k.conkey)
			order by cardinality(k.conkey), k.conname limit 1
		)
	) order by a.attnum) as columns
	from relation r
	join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
	left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	group by r.oid
),
routine as (
	select p.proname, min(obj_description(p.oid, 'pg_proc')) as comment, bool_or(p.provolatile = 'v') as is_volatile,
		(array_agg(coalesce((
			select json_agg(json_build_object(
				'name', p.proargnames[k.position], 'type', format_type(k.type, null), 'required', k.position <= p.pronargs - p.pronargdefaults
			) order by k.position)
			from unnest(p.proargtypes::oid[]) with ordinality as k (type, position)
			where coalesce(p.proargnames[k.position], '') <> ''
		), '[]'::json) order by p.oid))[1] as parameters
	from pg_proc p
	where p.pronamespace = $1::regnamespace and p.prokind = 'f' and has_function_privilege(p.oid, 'execute')
		and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
	group by p.proname
)
select json_build_object(
	'comment', obj_description($1::regnamespace, 'pg_namespace'),
	'tables', coalesce((
		select json_agg(json_build_object(
			'name', r.relname, 'comment', r.comment, 'columns', coalesce(c.columns, '[]'),
			'maySelect', r.may_select, 'mayInsert', r.may_insert, 'mayUpdate', r.may_update, 'mayDelete', r.may_delete
		) order by r.relname)
		from relation r left join relation_column c using (oid)
		where r.may_select or r.may_insert or r.may_update or r.may_delete
	), '[]'),
	'functions', coalesce((
		select json_agg(json_build_object('name', proname, 'comment', comment, 'isVolatile', is_volatile, 'parameters', parameters) order by proname)
		from routine
	), '[]')
)::text as document
