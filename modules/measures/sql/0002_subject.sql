-- What alone a breach and its measure are about: the space that is not paid (R48). Null: everything of the product.
alter table measures_violations add column subject_id uuid;
alter table measures_measures add column subject_id uuid;
