from django.db import migrations, models

TOLD_BEFORE = "UPDATE analytics_reportrun SET since_on = data_on, due_at = slot_at"


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0003_suspended_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='reportrun',
            name='due_at',
            field=models.DateTimeField(help_text='the slot, or the same time of the next workday', null=True, verbose_name='goes out from'),
        ),
        migrations.AddField(
            model_name='reportrun',
            name='since_on',
            field=models.DateField(null=True, verbose_name='figures from'),
        ),
        migrations.RunSQL(TOLD_BEFORE, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='reportrun',
            name='due_at',
            field=models.DateTimeField(help_text='the slot, or the same time of the next workday', verbose_name='goes out from'),
        ),
        migrations.AlterField(
            model_name='reportrun',
            name='since_on',
            field=models.DateField(verbose_name='figures from'),
        ),
        migrations.AlterField(
            model_name='report',
            name='code',
            field=models.CharField(choices=[('daily', 'daily report'), ('weekly', 'weekly report'), ('monthly', 'monthly report')], max_length=20, unique=True, verbose_name='report'),
        ),
        migrations.AlterField(
            model_name='reportrun',
            name='data_on',
            field=models.DateField(help_text='the last day that it speaks of', verbose_name='figures of'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('code__in', ['daily', 'weekly', 'monthly'])), name='report_code'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.CheckConstraint(condition=models.Q(('data_on__gte', models.F('since_on')), ('due_at__gte', models.F('slot_at'))), name='report_run_span'),
        ),
    ]
