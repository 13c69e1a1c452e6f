"""A policy has a title of its own word: the other is what goods are called."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0003_files'),
    ]

    operations = [
        migrations.AlterField(
            model_name='policy',
            name='title',
            field=models.CharField(max_length=60, verbose_name='Title'),
        ),
    ]
