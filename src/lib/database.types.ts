
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "companies": {
                  Row: {
                    "city": string | null,"country": string | null,"created_at": string,"created_by": string | null,"custom": NonNullable<Json>,"deleted_at": string | null,"description": string | null,"domain": string | null,"id": string,"industry": string | null,"name": string,"org_id": string,"owner_id": string | null,"phone": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "city"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"domain"?: string | null,"id"?: string,"industry"?: string | null,"name": string,"org_id": string,"owner_id"?: string | null,"phone"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "city"?: string | null,"country"?: string | null,"created_at"?: string,"created_by"?: string | null,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"domain"?: string | null,"id"?: string,"industry"?: string | null,"name"?: string,"org_id"?: string,"owner_id"?: string | null,"phone"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "companies_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "companies_owner_fkey"
      columns: ["org_id","owner_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    }
                  ]
                },"contact_private": {
                  Row: {
                    "birthday": string | null,"contact_id": string,"created_at": string,"created_by": string | null,"home_address": string | null,"id": string,"mobile": string | null,"note": string | null,"org_id": string,"personal_email": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "birthday"?: string | null,"contact_id": string,"created_at"?: string,"created_by"?: string | null,"home_address"?: string | null,"id"?: string,"mobile"?: string | null,"note"?: string | null,"org_id": string,"personal_email"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "birthday"?: string | null,"contact_id"?: string,"created_at"?: string,"created_by"?: string | null,"home_address"?: string | null,"id"?: string,"mobile"?: string | null,"note"?: string | null,"org_id"?: string,"personal_email"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "contact_private_contact_fkey"
      columns: ["org_id","contact_id"]
isOneToOne: true
      referencedRelation: "contacts"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "contact_private_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"contacts": {
                  Row: {
                    "company_id": string | null,"created_at": string,"created_by": string | null,"custom": NonNullable<Json>,"deleted_at": string | null,"description": string | null,"email": string | null,"first_name": string,"id": string,"last_name": string,"org_id": string,"owner_id": string | null,"phone": string | null,"title": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "company_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"email"?: string | null,"first_name"?: string,"id"?: string,"last_name"?: string,"org_id": string,"owner_id"?: string | null,"phone"?: string | null,"title"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "company_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"email"?: string | null,"first_name"?: string,"id"?: string,"last_name"?: string,"org_id"?: string,"owner_id"?: string | null,"phone"?: string | null,"title"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "contacts_company_fkey"
      columns: ["org_id","company_id"]
isOneToOne: false
      referencedRelation: "companies"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "contacts_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "contacts_owner_fkey"
      columns: ["org_id","owner_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    }
                  ]
                },"custom_field_roles": {
                  Row: {
                    "created_at": string,"created_by": string | null,"field_id": string,"may_edit": boolean,"org_id": string,"role_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"field_id": string,"may_edit"?: boolean,"org_id": string,"role_id": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"field_id"?: string,"may_edit"?: boolean,"org_id"?: string,"role_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "custom_field_roles_field_fkey"
      columns: ["org_id","field_id"]
isOneToOne: false
      referencedRelation: "custom_fields"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "custom_field_roles_role_fkey"
      columns: ["org_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"custom_fields": {
                  Row: {
                    "choices": Json | null,"created_at": string,"created_by": string | null,"id": string,"key": string,"kind": string,"label": string,"org_id": string,"position": number,"resource": string,"restricted": boolean,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "choices"?: Json | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"key": string,"kind": string,"label": string,"org_id": string,"position"?: number,"resource": string,"restricted"?: boolean,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "choices"?: Json | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"key"?: string,"kind"?: string,"label"?: string,"org_id"?: string,"position"?: number,"resource"?: string,"restricted"?: boolean,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "custom_fields_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"custom_values": {
                  Row: {
                    "created_at": string,"created_by": string | null,"date_value": string | null,"field_id": string,"id": string,"number_value": number | null,"org_id": string,"record_id": string,"resource": string,"text_value": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"date_value"?: string | null,"field_id": string,"id"?: string,"number_value"?: number | null,"org_id": string,"record_id": string,"resource": string,"text_value"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"date_value"?: string | null,"field_id"?: string,"id"?: string,"number_value"?: number | null,"org_id"?: string,"record_id"?: string,"resource"?: string,"text_value"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "custom_values_field_fkey"
      columns: ["org_id","field_id"]
isOneToOne: false
      referencedRelation: "custom_fields"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"deal_stage_changes": {
                  Row: {
                    "amount": number | null,"changed_at": string,"changed_by": string | null,"currency": string,"deal_id": string,"from_stage_id": string | null,"id": string,"org_id": string,"to_stage_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "amount"?: number | null,"changed_at"?: string,"changed_by"?: string | null,"currency": string,"deal_id": string,"from_stage_id"?: string | null,"id"?: string,"org_id": string,"to_stage_id"?: string | null
                  }
                  Update: {
                    "amount"?: number | null,"changed_at"?: string,"changed_by"?: string | null,"currency"?: string,"deal_id"?: string,"from_stage_id"?: string | null,"id"?: string,"org_id"?: string,"to_stage_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "deal_stage_changes_deal_fkey"
      columns: ["org_id","deal_id"]
isOneToOne: false
      referencedRelation: "deals"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "deal_stage_changes_from_stage_fkey"
      columns: ["org_id","from_stage_id"]
isOneToOne: false
      referencedRelation: "stages"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "deal_stage_changes_to_stage_fkey"
      columns: ["org_id","to_stage_id"]
isOneToOne: false
      referencedRelation: "stages"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"deals": {
                  Row: {
                    "amount": number | null,"amount_minor": number | null,"close_reason": string | null,"closed_on": string | null,"company_id": string | null,"contact_id": string | null,"created_at": string,"created_by": string | null,"currency": string,"custom": NonNullable<Json>,"deleted_at": string | null,"description": string | null,"expected_close": string | null,"id": string,"name": string,"org_id": string,"owner_id": string | null,"pipeline_id": string,"rank": string,"stage_entered_at": string,"stage_id": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "amount"?: number | null,"amount_minor"?: never,"close_reason"?: string | null,"closed_on"?: string | null,"company_id"?: string | null,"contact_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"expected_close"?: string | null,"id"?: string,"name": string,"org_id": string,"owner_id"?: string | null,"pipeline_id": string,"rank"?: string,"stage_entered_at"?: string,"stage_id": string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "amount"?: number | null,"amount_minor"?: never,"close_reason"?: string | null,"closed_on"?: string | null,"company_id"?: string | null,"contact_id"?: string | null,"created_at"?: string,"created_by"?: string | null,"currency"?: string,"custom"?: NonNullable<Json>,"deleted_at"?: string | null,"description"?: string | null,"expected_close"?: string | null,"id"?: string,"name"?: string,"org_id"?: string,"owner_id"?: string | null,"pipeline_id"?: string,"rank"?: string,"stage_entered_at"?: string,"stage_id"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "deals_company_fkey"
      columns: ["org_id","company_id"]
isOneToOne: false
      referencedRelation: "companies"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "deals_contact_fkey"
      columns: ["org_id","contact_id"]
isOneToOne: false
      referencedRelation: "contacts"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "deals_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "deals_owner_fkey"
      columns: ["org_id","owner_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    },{
      foreignKeyName: "deals_pipeline_fkey"
      columns: ["org_id","pipeline_id"]
isOneToOne: false
      referencedRelation: "pipelines"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "deals_stage_fkey"
      columns: ["org_id","pipeline_id","stage_id"]
isOneToOne: false
      referencedRelation: "stages"
      referencedColumns: ["org_id","pipeline_id","id"]
    }
                  ]
                },"field_rules": {
                  Row: {
                    "created_at": string,"created_by": string | null,"field": string,"org_id": string,"resource": string,"role_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"field": string,"org_id": string,"resource": string,"role_id": string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"field"?: string,"org_id"?: string,"resource"?: string,"role_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "field_rules_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "field_rules_role_fkey"
      columns: ["org_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"import_rows": {
                  Row: {
                    "data": NonNullable<Json>,"error": string | null,"import_id": string,"org_id": string,"row_no": number
                  }
                  ComputedFields: never
                  Insert: {
                    "data": NonNullable<Json>,"error"?: string | null,"import_id": string,"org_id": string,"row_no": number
                  }
                  Update: {
                    "data"?: NonNullable<Json>,"error"?: string | null,"import_id"?: string,"org_id"?: string,"row_no"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "import_rows_import_fkey"
      columns: ["org_id","import_id"]
isOneToOne: false
      referencedRelation: "imports"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"imports": {
                  Row: {
                    "created_at": string,"created_by": string,"file_name": string,"id": string,"options": NonNullable<Json>,"org_id": string,"refused_rows": number,"resource": string,"staged_rows": number,"status": string,"taken_rows": number,"total_rows": number,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string,"file_name"?: string,"id"?: string,"options"?: NonNullable<Json>,"org_id": string,"refused_rows"?: number,"resource"?: string,"staged_rows"?: number,"status"?: string,"taken_rows"?: number,"total_rows"?: number,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string,"file_name"?: string,"id"?: string,"options"?: NonNullable<Json>,"org_id"?: string,"refused_rows"?: number,"resource"?: string,"staged_rows"?: number,"status"?: string,"taken_rows"?: number,"total_rows"?: number,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "imports_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"invitations": {
                  Row: {
                    "accepted_by": string | null,"created_at": string,"created_by": string | null,"email": string,"expires_at": string,"id": string,"org_id": string,"role_id": string,"sent_at": string,"status": string,"team_id": string | null,"times_sent": number,"token_hash": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"email": string,"expires_at": string,"id"?: string,"org_id": string,"role_id": string,"sent_at"?: string,"status"?: string,"team_id"?: string | null,"times_sent"?: number,"token_hash": string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "accepted_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"email"?: string,"expires_at"?: string,"id"?: string,"org_id"?: string,"role_id"?: string,"sent_at"?: string,"status"?: string,"team_id"?: string | null,"times_sent"?: number,"token_hash"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "invitations_accepted_by_fkey"
      columns: ["accepted_by"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_role_fkey"
      columns: ["org_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "invitations_team_fkey"
      columns: ["org_id","team_id"]
isOneToOne: false
      referencedRelation: "teams"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"member_views": {
                  Row: {
                    "created_at": string,"ended_at": string | null,"expires_at": string,"id": string,"member_id": string | null,"org_id": string,"reason": string,"session_id": string,"viewer_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"ended_at"?: string | null,"expires_at"?: string,"id"?: string,"member_id"?: string | null,"org_id": string,"reason"?: string,"session_id": string,"viewer_id"?: string | null
                  }
                  Update: {
                    "created_at"?: string,"ended_at"?: string | null,"expires_at"?: string,"id"?: string,"member_id"?: string | null,"org_id"?: string,"reason"?: string,"session_id"?: string,"viewer_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "member_views_member_id_fkey"
      columns: ["member_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "member_views_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "member_views_viewer_id_fkey"
      columns: ["viewer_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"members": {
                  Row: {
                    "created_at": string,"created_by": string | null,"id": string,"org_id": string,"role_id": string,"status": string,"updated_at": string,"user_id": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"org_id": string,"role_id": string,"status"?: string,"updated_at"?: string,"user_id": string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"org_id"?: string,"role_id"?: string,"status"?: string,"updated_at"?: string,"user_id"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "members_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "members_role_fkey"
      columns: ["org_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["org_id","id"]
    },{
      foreignKeyName: "members_user_id_fkey"
      columns: ["user_id"]
isOneToOne: false
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"organizations": {
                  Row: {
                    "created_at": string,"created_by": string | null,"currency": string,"id": string,"name": string,"owner_id": string | null,"second_factor_required": boolean,"session_hours": number | null,"slug": string,"status": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"currency"?: string,"id"?: string,"name": string,"owner_id"?: string | null,"second_factor_required"?: boolean,"session_hours"?: number | null,"slug": string,"status"?: string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"currency"?: string,"id"?: string,"name"?: string,"owner_id"?: string | null,"second_factor_required"?: boolean,"session_hours"?: number | null,"slug"?: string,"status"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "organizations_owner_fkey"
      columns: ["id","owner_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    }
                  ]
                },"pipelines": {
                  Row: {
                    "created_at": string,"created_by": string | null,"id": string,"is_default": boolean,"name": string,"org_id": string,"position": number,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"is_default"?: boolean,"name": string,"org_id": string,"position"?: number,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"is_default"?: boolean,"name"?: string,"org_id"?: string,"position"?: number,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "pipelines_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"preferences": {
                  Row: {
                    "settings": NonNullable<Json>,"updated_at": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "settings"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
                  }
                  Update: {
                    "settings"?: NonNullable<Json>,"updated_at"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "preferences_user_id_fkey"
      columns: ["user_id"]
isOneToOne: true
      referencedRelation: "profiles"
      referencedColumns: ["id"]
    }
                  ]
                },"profiles": {
                  Row: {
                    "created_at": string,"email": string,"full_name": string,"id": string,"locale": string | null,"phone": string | null,"photo_path": string | null,"time_zone": string | null,"title": string | null,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"email"?: string,"full_name"?: string,"id": string,"locale"?: string | null,"phone"?: string | null,"photo_path"?: string | null,"time_zone"?: string | null,"title"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"email"?: string,"full_name"?: string,"id"?: string,"locale"?: string | null,"phone"?: string | null,"photo_path"?: string | null,"time_zone"?: string | null,"title"?: string | null,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    
                  ]
                },"role_permissions": {
                  Row: {
                    "action": string,"created_at": string,"org_id": string,"resource": string,"role_id": string,"scope": string
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"created_at"?: string,"org_id": string,"resource": string,"role_id": string,"scope"?: string
                  }
                  Update: {
                    "action"?: string,"created_at"?: string,"org_id"?: string,"resource"?: string,"role_id"?: string,"scope"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "role_permissions_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "role_permissions_role_fkey"
      columns: ["org_id","role_id"]
isOneToOne: false
      referencedRelation: "roles"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"roles": {
                  Row: {
                    "created_at": string,"created_by": string | null,"description": string,"id": string,"is_system": boolean,"key": string,"name": string,"org_id": string,"second_factor_required": boolean,"updated_at": string,"version": number,"may_give": boolean | null
                  }
                  ComputedFields: "may_give"
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"id"?: string,"is_system"?: boolean,"key"?: string,"name": string,"org_id": string,"second_factor_required"?: boolean,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"description"?: string,"id"?: string,"is_system"?: boolean,"key"?: string,"name"?: string,"org_id"?: string,"second_factor_required"?: boolean,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "roles_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                },"shares": {
                  Row: {
                    "access": string,"created_at": string,"created_by": string | null,"expires_at": string | null,"id": string,"org_id": string,"record_id": string,"resource": string,"team_id": string | null,"updated_at": string,"user_id": string | null,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "access"?: string,"created_at"?: string,"created_by"?: string | null,"expires_at"?: string | null,"id"?: string,"org_id": string,"record_id": string,"resource": string,"team_id"?: string | null,"updated_at"?: string,"user_id"?: string | null,"version"?: number
                  }
                  Update: {
                    "access"?: string,"created_at"?: string,"created_by"?: string | null,"expires_at"?: string | null,"id"?: string,"org_id"?: string,"record_id"?: string,"resource"?: string,"team_id"?: string | null,"updated_at"?: string,"user_id"?: string | null,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "shares_member_fkey"
      columns: ["org_id","user_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    },{
      foreignKeyName: "shares_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "shares_team_fkey"
      columns: ["org_id","team_id"]
isOneToOne: false
      referencedRelation: "teams"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"stages": {
                  Row: {
                    "created_at": string,"created_by": string | null,"id": string,"kind": string,"name": string,"org_id": string,"pipeline_id": string,"position": number,"probability": number,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"kind"?: string,"name": string,"org_id": string,"pipeline_id": string,"position"?: number,"probability"?: number,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"kind"?: string,"name"?: string,"org_id"?: string,"pipeline_id"?: string,"position"?: number,"probability"?: number,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "stages_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "stages_pipeline_fkey"
      columns: ["org_id","pipeline_id"]
isOneToOne: false
      referencedRelation: "pipelines"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"team_members": {
                  Row: {
                    "created_at": string,"is_lead": boolean,"org_id": string,"team_id": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"is_lead"?: boolean,"org_id": string,"team_id": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"is_lead"?: boolean,"org_id"?: string,"team_id"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "team_members_member_fkey"
      columns: ["org_id","user_id"]
isOneToOne: false
      referencedRelation: "members"
      referencedColumns: ["org_id","user_id"]
    },{
      foreignKeyName: "team_members_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "team_members_team_fkey"
      columns: ["org_id","team_id"]
isOneToOne: false
      referencedRelation: "teams"
      referencedColumns: ["org_id","id"]
    }
                  ]
                },"teams": {
                  Row: {
                    "created_at": string,"created_by": string | null,"id": string,"name": string,"org_id": string,"updated_at": string,"version": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"name": string,"org_id": string,"updated_at"?: string,"version"?: number
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string | null,"id"?: string,"name"?: string,"org_id"?: string,"updated_at"?: string,"version"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "teams_org_id_fkey"
      columns: ["org_id"]
isOneToOne: false
      referencedRelation: "organizations"
      referencedColumns: ["id"]
    }
                  ]
                }
          }
          Views: {
            [_ in never]: never
          }
          Functions: {
            "accept_invitation":
{ Args: { "token": string }; Returns: string
                           },
"assign_records":
{ Args: { "ids": (string)[],"new_owner": string,"resource": string }; Returns: string[]
                           },
"begin_sign_in":
{ Args: { "device"?: string,"email": string }; Returns: string
                           },
"begin_view_as":
{ Args: { "member": string,"org": string,"reason"?: string }; Returns: string
                           },
"board_deal_ids":
{ Args: { "after_id"?: string,"after_rank"?: string,"org": string,"owner"?: string,"per_stage"?: number,"pipeline": string,"query"?: string,"stage"?: string }; Returns: {
              "id": string,"rank": string,"stage_id": string
            }[]
                           },
"board_totals":
{ Args: { "org": string,"owner"?: string,"pipeline": string,"query"?: string }; Returns: {
              "amount_minor": number,"currency": string,"deals": number,"stage_id": string
            }[]
                           },
"cancel_import":
{ Args: { "import": string }; Returns: {
              "created_at": string,
"created_by": string,
"file_name": string,
"id": string,
"options": NonNullable<Json>,
"org_id": string,
"refused_rows": number,
"resource": string,
"staged_rows": number,
"status": string,
"taken_rows": number,
"total_rows": number,
"updated_at": string,
"version": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"commit_import":
{ Args: { "import": string }; Returns: {
              "created_at": string,
"created_by": string,
"file_name": string,
"id": string,
"options": NonNullable<Json>,
"org_id": string,
"refused_rows": number,
"resource": string,
"staged_rows": number,
"status": string,
"taken_rows": number,
"total_rows": number,
"updated_at": string,
"version": number
            }
                          SetofOptions: {
        from: "*"
        to: "imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"count_custom_values":
{ Args: { "field": string }; Returns: number
                           },
"count_recovery_codes":
{ Args: Record<PropertyKey, never>; Returns: number
                           },
"create_workspace":
{ Args: { "workspace_currency"?: string,"workspace_name": string }; Returns: {
              "created_at": string,
"created_by": string | null,
"currency": string,
"id": string,
"name": string,
"owner_id": string | null,
"second_factor_required": boolean,
"session_hours": number | null,
"slug": string,
"status": string,
"updated_at": string,
"version": number
            }
                          SetofOptions: {
        from: "*"
        to: "organizations"
        isOneToOne: true
        isSetofReturn: false
      } },
"delete_stage":
{ Args: { "move_to": string,"stage": string }; Returns: undefined
                           },
"end_sign_in":
{ Args: { "device"?: string,"email": string,"outcome": string }; Returns: undefined
                           },
"end_view_as":
{ Args: { "view": string }; Returns: undefined
                           },
"export_records":
{ Args: { "after"?: string,"max"?: number,"org": string,"resource": string }; Returns: Json[]
                           },
"invite_members":
{ Args: { "days"?: number,"emails": (string)[],"org": string,"role": string,"team"?: string }; Returns: {
              "email": string,"invitation_id": string,"outcome": string,"token": string
            }[]
                           },
"list_sessions":
{ Args: Record<PropertyKey, never>; Returns: {
              "aal": string,"created_at": string,"id": string,"ip": string,"is_current": boolean,"last_active_at": string,"user_agent": string
            }[]
                           },
"may_give":
{ Args: { "role": Omit<Database["public"]['Tables']["roles"]['Row'], Database["public"]['Tables']["roles"]['ComputedFields']> }; Returns: boolean
                           },
"may_share":
{ Args: { "record": string,"resource": string }; Returns: boolean
                           },
"my_access":
{ Args: { "org": string }; Returns: {
              "action": string,"resource": string,"scope": string
            }[]
                           },
"my_workspaces":
{ Args: Record<PropertyKey, never>; Returns: {
              "id": string,"is_owner": boolean,"name": string,"role": string,"slug": string,"state": string
            }[]
                           },
"newest_companies":
{ Args: { "before"?: string,"before_id"?: string,"max"?: number,"org": string,"owner"?: string }; Returns: {
              "city": string | null,
"country": string | null,
"created_at": string,
"created_by": string | null,
"custom": NonNullable<Json>,
"deleted_at": string | null,
"description": string | null,
"domain": string | null,
"id": string,
"industry": string | null,
"name": string,
"org_id": string,
"owner_id": string | null,
"phone": string | null,
"updated_at": string,
"version": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "companies"
        isOneToOne: false
        isSetofReturn: true
      } },
"newest_contacts":
{ Args: { "before"?: string,"before_id"?: string,"max"?: number,"org": string,"owner"?: string }; Returns: {
              "company_id": string | null,
"created_at": string,
"created_by": string | null,
"custom": NonNullable<Json>,
"deleted_at": string | null,
"description": string | null,
"email": string | null,
"first_name": string,
"id": string,
"last_name": string,
"org_id": string,
"owner_id": string | null,
"phone": string | null,
"title": string | null,
"updated_at": string,
"version": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "contacts"
        isOneToOne: false
        isSetofReturn: true
      } },
"newest_deals":
{ Args: { "before"?: string,"before_id"?: string,"max"?: number,"org": string,"owner"?: string }; Returns: {
              "amount": number | null,
"amount_minor": number | null,
"close_reason": string | null,
"closed_on": string | null,
"company_id": string | null,
"contact_id": string | null,
"created_at": string,
"created_by": string | null,
"currency": string,
"custom": NonNullable<Json>,
"deleted_at": string | null,
"description": string | null,
"expected_close": string | null,
"id": string,
"name": string,
"org_id": string,
"owner_id": string | null,
"pipeline_id": string,
"rank": string,
"stage_entered_at": string,
"stage_id": string,
"updated_at": string,
"version": number
            }[]
                          SetofOptions: {
        from: "*"
        to: "deals"
        isOneToOne: false
        isSetofReturn: true
      } },
"note_device":
{ Args: { "device": string,"person": string }; Returns: boolean
                           },
"read_invitation":
{ Args: { "token": string }; Returns: {
              "email": string,"has_account": boolean,"invited_by": string,"role": string,"state": string,"workspace": string
            }[]
                           },
"remove_member":
{ Args: { "member": string,"org": string,"reassign_to"?: string }; Returns: number
                           },
"renew_recovery_codes":
{ Args: Record<PropertyKey, never>; Returns: string[]
                           },
"resend_invitation":
{ Args: { "invitation": string }; Returns: {
              "email": string,"token": string
            }[]
                           },
"restore_records":
{ Args: { "ids": (string)[],"resource": string }; Returns: string[]
                           },
"revoke_invitation":
{ Args: { "invitation": string }; Returns: undefined
                           },
"revoke_session":
{ Args: { "session_id": string }; Returns: boolean
                           },
"save_custom_field":
{ Args: { "field": string,"new_choices": Json,"new_label": string,"new_restricted": boolean,"readers"?: Json,"seen_version"?: number }; Returns: number
                           },
"search_records":
{ Args: { "kinds"?: (string)[],"max"?: number,"org": string,"query": string }; Returns: {
              "id": string,"resource": string,"subtitle": string,"title": string
            }[]
                           },
"set_custom_values":
{ Args: { "base"?: Json,"changes": Json,"record": string,"resource": string }; Returns: undefined
                           },
"set_role_rights":
{ Args: { "rights": Json,"role": string,"ruled_fields"?: Json }; Returns: undefined
                           },
"shared_with_me":
{ Args: { "org": string }; Returns: {
              "ends_at": string,"may_edit": boolean,"record_id": string,"resource": string
            }[]
                           },
"stage_import_rows":
{ Args: { "first_row": number,"import": string,"rows": Json }; Returns: number
                           },
"transfer_workspace":
{ Args: { "new_owner": string,"org": string }; Returns: undefined
                           },
"trash_records":
{ Args: { "ids": (string)[],"resource": string }; Returns: string[]
                           },
"use_recovery_code":
{ Args: { "code": string }; Returns: boolean
                           },
"who_am_i":
{ Args: Record<PropertyKey, never>; Returns: {
              "actor": string,"view_org": string
            }[]
                           },
"who_can_see":
{ Args: { "record": string,"resource": string }; Returns: {
              "full_name": string,"may_edit": boolean,"reason": string,"role": string,"user_id": string
            }[]
                           },
"why_not":
{ Args: { "member": string,"record": string,"resource": string }; Returns: {
              "reason": string,"role": string,"scope": string
            }[]
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
