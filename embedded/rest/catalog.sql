-- Everything the API must know of the database, as one JSON document. $1: the exposed schemas where `authenticator` has no setting of its own.

with schema_list as (
	select coalesce((
		select regexp_split_to_array(trim(substr(entry, strpos(entry, '=') + 1)), '\s*,\s*')
		from pg_db_role_setting s
		cross join unnest(s.setconfig) as entry
		where s.setrole = to_regrole('authenticator') and entry like 'pgrst.db\_schemas=%'
			and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
		order by s.setdatabase desc limit 1
	), $1::text[]) as names
),
exposed as (
	select n.oid, n.nspname from pg_namespace n, schema_list l where n.nspname = any (l.names)
),
relation as (
	select c.oid, e.nspname, c.relname, c.relkind, c.relispartition
	from pg_class c
	join exposed e on e.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
),
relation_column as (
	select
		r.oid,
		json_agg(json_build_object(
			'name', a.attname,
			'number', a.attnum,
			-- A domain is read as its base type: json_to_recordset would check it before the statement's own rules.
			'type', case when t.typtype = 'd' then format_type(t.typbasetype, null) else format_type(a.atttypid, a.atttypmod) end,
			'default', case when a.attidentity in ('a', 'd') then 'nextval(' || quote_literal(pg_get_serial_sequence(format('%I.%I', r.nspname, r.relname), a.attname)) || ')'
				when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end
		) order by a.attnum) as columns
	from relation r
	join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
	join pg_type t on t.oid = a.atttypid
	left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	group by r.oid
),
key as (
	select
		r.oid,
		json_agg(json_build_object(
			'columns', (
				select json_agg(a.attname order by k.position)
				from unnest(x.indkey::int2[]) with ordinality as k (number, position)
				join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.number
				where k.position <= x.indnkeyatts
			),
			'primary', x.indisprimary
		) order by x.indisprimary desc, x.indexrelid) as keys
	from relation r
	join pg_index x on x.indrelid = r.oid
	where x.indisunique and x.indisvalid and x.indpred is null and x.indexprs is null
	group by r.oid
),
reference as (
	select json_agg(json_build_object(
		'name', c.conname,
		'schema', r.nspname,
		'table', r.relname,
		'foreignSchema', f.nspname,
		'foreignTable', f.relname,
		'columns', (
			select json_agg(json_build_array(a.attname, b.attname) order by k.position)
			from unnest(c.conkey, c.confkey) with ordinality as k (own, other, position)
			join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
			join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
		)
	) order by c.conname) as list
	from pg_constraint c
	join relation r on r.oid = c.conrelid
	join relation f on f.oid = c.confrelid
	where c.contype = 'f' and c.conparentid = 0
),
routine as (
	select json_agg(json_build_object(
		'schema', e.nspname,
		'name', p.proname,
		'parameters', coalesce((
			select json_agg(json_build_object(
				'name', coalesce(p.proargnames[k.position], ''),
				'type', format_type(k.type, null),
				'required', k.position <= p.pronargs - p.pronargdefaults,
				'variadic', p.provariadic <> 0 and k.position = p.pronargs
			) order by k.position)
			from unnest(p.proargtypes::oid[]) with ordinality as k (type, position)
		), '[]'),
		'returnsSet', p.proretset,
		'returnsVoid', t.oid = 'void'::regtype,
		'returnsRow', t.typtype = 'c' or t.oid = 'record'::regtype or coalesce(p.proargmodes::text[] && '{t,b,o}', false),
		'returnsOne', not p.proretset or p.prorows = 1,
		'rowOf', (
			select json_build_array(pn.nspname, pr.relname)
			from pg_type pt
			join pg_class pr on pr.oid = pt.typrelid and pr.relkind in ('r', 'p', 'v', 'm', 'f')
			join pg_namespace pn on pn.oid = pr.relnamespace
			where p.pronargs = 1 and pt.oid = p.proargtypes[0]
		),
		'returnsTable', case when tr.relkind is not null then json_build_array(tn.nspname, tr.relname) end,
		'mayWrite', p.provolatile = 'v',
		'statementTimeout', (
			select split_part(setting, '=', 2) from unnest(p.proconfig) as setting where setting like 'statement_timeout=%'
		)
	) order by p.oid) as list
	from pg_proc p
	join exposed e on e.oid = p.pronamespace
	join pg_type t on t.oid = p.prorettype
	left join pg_class tr on tr.oid = t.typrelid and tr.relkind in ('r', 'p', 'v', 'm', 'f')
	left join pg_namespace tn on tn.oid = tr.relnamespace
	where p.prokind = 'f' and p.prorettype <> 'trigger'::regtype and p.prorettype <> 'event_trigger'::regtype
),
-- Settings of the API roles that any role may set: those apply per request, as a login as that role would have them.
role_setting as (
	select json_object_agg(settings.rolname, settings.list) as by_role
	from (
		select r.rolname, json_object_agg(split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1) order by s.setdatabase) as list
		from pg_roles r
		join pg_db_role_setting s on s.setrole = r.oid
			and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
		cross join unnest(s.setconfig) as entry
		left join pg_settings known on known.name = split_part(entry, '=', 1)
		where known.context is null or known.context = 'user'
		group by r.rolname
	) as settings
)
select json_build_object(
	'schemas', (select to_json(names) from schema_list),
	'tables', coalesce((
		select json_agg(json_build_object(
			'schema', r.nspname, 'name', r.relname, 'isView', r.relkind in ('v', 'm'), 'oid', r.oid::text,
			'rule', (select w.ev_action::text from pg_rewrite w where w.ev_class = r.oid and r.relkind in ('v', 'm') and w.rulename = '_RETURN'),
			'columns', coalesce(c.columns, '[]'), 'keys', coalesce(k.keys, '[]')
		) order by r.nspname, r.relname)
		from relation r
		left join relation_column c using (oid)
		left join key k using (oid)
	), '[]'),
	'references', coalesce((select list from reference), '[]'),
	'functions', coalesce((select list from routine), '[]'),
	'roleSettings', coalesce((select by_role from role_setting), '{}')
) as catalog
