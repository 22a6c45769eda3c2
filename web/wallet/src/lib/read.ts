export * from '@tanda/ui/read';
